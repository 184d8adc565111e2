// Files with traces are handed to the console like anything that arrives, and then looked at.

import * as api from "../api.js";
import { fixedRange, link, traceLink } from "../model/address.js";
import { bytes, count, plural } from "../model/format.js";
import { LONGEST, readTraces } from "../model/traces-file.js";
import { go } from "../state/route.js";
import { showOpening } from "../views/frame/opening.js";

const DOCUMENTS_AT_ONCE = 100;

/** Reads files, keeps their traces, and goes to them. */
export async function openFiles(files) {
  const opening = showOpening(go);
  const [ids, mistakes] = [new Set(), []];
  let [start, end] = [Infinity, -Infinity];
  for (const file of files) {
    const about = (words) => mistakes.push(files.length > 1 ? `${file.name}: ${words}` : words);
    if (file.size > LONGEST) {
      about(`${file.name} has ${bytes(file.size)}; at most ${bytes(LONGEST)} are read. Send what is larger with PutTraceSegments.`);
      continue;
    }
    opening.progress(`Reading ${file.name}…`);
    const found = readTraces(await file.text());
    found.mistakes.forEach(about);
    if (found.documents.length + found.requests.length === 0 && found.mistakes.length === 0) about(`${file.name} has no trace in it.`);
    const kept = await keep(found, opening, about).catch((error) => about(error.message));
    if (opening.closed) return;
    if (!kept) continue;
    found.ids.forEach((id) => ids.add(id));
    [start, end] = [Math.min(start, found.start), Math.max(end, found.end)];
  }
  opening.end(ids.size, mistakes, ids.size > 0 ? addressOf([...ids], start, end) : null);
}

// Whether anything of it was kept.
async function keep({ documents, requests }, opening, about) {
  let kept = false;
  for (let from = 0; from < documents.length && !opening.closed; from += DOCUMENTS_AT_ONCE) {
    opening.progress(`${count(from)} of ${count(documents.length)} documents…`);
    const some = documents.slice(from, from + DOCUMENTS_AT_ONCE);
    const refused = await api.putDocuments(some);
    refused.forEach(({ Id, Message }) => about(`Segment ${Id ?? "without an id"} was refused: ${Message}`));
    kept ||= refused.length < some.length;
  }
  for (const request of requests) {
    if (opening.closed) break;
    const { rejectedSpans, errorMessage } = await api.putSpans(request);
    if (Number(rejectedSpans) > 0) about(`${plural(Number(rejectedSpans), "span")} refused: ${errorMessage}`);
    kept ||= Number(rejectedSpans ?? 0) < request.resourceSpans[0].scopeSpans[0].spans.length;
  }
  return kept;
}

function addressOf(ids, start, end) {
  const timeRange = fixedRange(Math.floor(start), Math.ceil(end) + 1);
  return ids.length === 1 ? traceLink(ids[0], "", { params: { timeRange } }) : link("traces", { timeRange });
}
