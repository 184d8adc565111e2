// Numbers and times as people read them: three digits at most, thin spaces in counts, local time and UTC.

const THIN = "\u2009";
const NONE = "–";
const DURATIONS = [["µs", 1e-6], ["ms", 1e-3], ["s", 1], ["min", 60], ["h", 3600]];
const TICK_UNITS = [3600, 60];
const AGES = [["s", 1], ["min", 60], ["h", 3600], ["d", 86400]];

/** Seconds → "340 µs", "1.2 ms", "2.41 s". */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return NONE;
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds > 0 && seconds < 1e-6) return "<1 µs";
  return seconds === 0 ? "0 ms" : inUnits(seconds, DURATIONS);
}

/** Seconds, all in the unit that suits the largest, with as many digits as tell them apart over a `span` of seconds. */
export function durationsAlike(all, span) {
  const [unit, size] = fitting(Math.max(span || 0, ...all), DURATIONS);
  const places = Math.max(0, 2 - Math.floor(Math.log10((span || 1) / size)));
  return all.map((seconds) => `${Number((seconds / size).toFixed(Math.min(12, places)))} ${unit}`);
}

/** An average in seconds as the rings show it: in milliseconds down to 0.01 ms, as X-Ray's own map does. */
export function average(seconds) {
  return seconds >= 1e-5 && seconds < 1e-3 ? `${(seconds * 1e3).toFixed(2)} ms` : duration(seconds);
}

/** Seconds since something → "49.2 s", "2.5 min". */
export function age(seconds) {
  const [unit, size] = fitting(Math.max(0, seconds), AGES);
  return `${(Math.max(0, seconds) / size).toFixed(1)} ${unit}`;
}

/** Calls a minute → "36 t/min". */
export function rate(perMinute) {
  if (perMinute > 0 && perMinute < 0.05) return "<0.1 t/min";
  return `${perMinute >= 10 ? count(Math.round(perMinute)) : Number(perMinute.toFixed(1))} t/min`;
}

/** A whole number with thin spaces: 12 345. */
export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** "1 trace", "12 traces". */
export function plural(number, word) {
  return `${count(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** A share of one → "12.5 %". */
export function percent(share) {
  return `${digits(share * 100)} %`;
}

export function bytes(number) {
  if (number < 1000) return `${number} B`;
  return number < 1e6 ? `${digits(number / 1e3)} kB` : `${digits(number / 1e6)} MB`;
}

/** Epoch seconds → "2026-11-22 19:18:49.123" in the reader's zone. */
export function local(at) {
  const date = new Date(at * 1000);
  return utcText(at - date.getTimezoneOffset() * 60);
}

/** Epoch seconds → "2026-11-22 18:18:49.123 UTC". */
export function utc(at) {
  return `${utcText(at)} UTC`;
}

/** Epoch seconds → both, for titles. */
export function bothTimes(at) {
  return `${local(at)} local time, ${utc(at)}`;
}

/** Epoch seconds → "19:18:49" in the reader's zone. */
export function clock(at) {
  return local(at).slice(11, 19);
}

/** About `most` round numbers from `start` to `end`, for an axis. */
export function ticks(start, end, most) {
  const span = end - start;
  if (!(span > 0)) return [start];
  const unit = TICK_UNITS.find((one) => span >= 2 * one) ?? 1;
  const rough = span / unit / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough * 0.999);
  const first = Math.ceil(start / unit / step - 1e-3);
  return Array.from({ length: Math.floor(end / unit / step + 1e-3) - first + 1 }, (_, index) => (first + index) * step * unit);
}

function inUnits(value, units) {
  const [unit, size] = fitting(value, units);
  return `${digits(value / size)} ${unit}`;
}

function fitting(value, units) {
  return units.findLast(([, size], index) => index === 0 || value >= size * 0.9995);
}

function digits(value) {
  return String(Number(value.toPrecision(3)));
}

function utcText(at) {
  const date = new Date(at * 1000);
  return Number.isNaN(date.getTime()) ? NONE : date.toISOString().slice(0, 23).replace("T", " ");
}
