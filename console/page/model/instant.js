// Points in time as people type them.

import { local } from "./format.js";

const UNITS = { s: 1, m: 60, min: 60, h: 3600, d: 86400 };
const AGO = /^(?:now)?\s*[-−]\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d)$/i;
const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?$/;
const DATED = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:\s*(?:Z|UTC|[+-]\d\d:?\d\d))?$/i;
/** What may be typed. */
export const EXAMPLES = "2026-11-22 19:18:00, 19:18, 2026-11-22T18:18:00Z, -15m or now";

/** A text → epoch seconds, or null. Times without a zone are the reader's. */
export function instantOf(text, now = Date.now() / 1000) {
  const given = text.trim();
  if (/^now$/i.test(given)) return now;
  const [, number, unit] = AGO.exec(given) ?? [];
  if (number) return now - Number(number) * UNITS[unit.toLowerCase()];
  if (/^\d{9,}(\.\d+)?$/.test(given)) return Number(given) > 1e11 ? Number(given) / 1000 : Number(given);
  if (CLOCK.test(given)) return instantOf(`${local(now).slice(0, 10)} ${given.padStart(given.indexOf(":") === 1 ? given.length + 1 : 0, "0")}`, now);
  if (!DATED.test(given)) return null;
  const [, date, zone = ""] = /^(.*?)\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i.exec(given);
  const whole = `${date.length === 10 ? `${date}T00:00` : date.replace(" ", "T")}${/^UTC$/i.test(zone) ? "Z" : zone.toUpperCase()}`;
  const at = Date.parse(whole) / 1000;
  return Number.isNaN(at) ? null : at;
}

/** What is wrong with a range that was typed, in words; null if nothing is. */
export function mistakeIn(from, to) {
  const wrong = [from, to].find((text) => instantOf(text) === null);
  if (wrong !== undefined) return `“${wrong}” is not a time. Write ${EXAMPLES}.`;
  return instantOf(to) > instantOf(from) ? null : `The range ends (${to}) before it begins (${from}).`;
}
