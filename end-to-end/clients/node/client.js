// Makes the calls of the standard input with AWS's SDK for JavaScript; see ../README.md.

import { createInterface } from "node:readline";

import * as sdk from "@aws-sdk/client-xray";

const TIMES = ["StartTime", "EndTime", "Timestamp"];

/** Returns a value of JSON as the SDK takes it. */
function typed(value, name) {
  if (TIMES.includes(name)) return new Date(value * 1000);
  if (Array.isArray(value)) return value.map((inner) => typed(inner));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, typed(inner, name)]));
}

/** Returns a value of the SDK as JSON has it. */
function plain(value) {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

const client = new sdk.XRayClient({
  endpoint: process.argv[2],
  region: "eu-west-1",
  credentials: { accessKeyId: "none", secretAccessKey: "none" },
  maxAttempts: 1,
});

async function answer({ operation, input }) {
  try {
    const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](typed(input)));
    return { requestId: $metadata.requestId, output: plain(output) };
  } catch (error) {
    if (!(error instanceof sdk.XRayServiceException)) throw error;
    const { requestId, httpStatusCode } = error.$metadata;
    return { error: error.name, message: error.message, status: httpStatusCode, requestId };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
