// Builds filter expressions.

/** Joins expressions with AND; empty ones are left out. */
export function and(...expressions) {
  const given = expressions.filter(Boolean);
  return given.length < 2 ? given.join("") : given.map(closed).join(" AND ");
}

/** Joins expressions with OR. */
export function or(expressions) {
  return expressions.join(" OR ");
}

export function quote(text) {
  return `"${String(text).replace(/(["\\])/g, "\\$1")}"`;
}

/** Requests of a URL. */
export function urlIs(url) {
  return `http.url = ${quote(url)}`;
}

/** Traces that reach a service; `within` are conditions on its segments. */
export function throughService(name, ...within) {
  return `service(${quote(name)})${braces(within)}`;
}

/** Traces in which one service calls another; `within` are conditions on the call. */
export function throughEdge(from, to, ...within) {
  return `edge(${quote(from)}, ${quote(to)})${braces(within)}`;
}

/** Traces with one of these outcomes ("ok", "fault", …); "" if none or all four are given. */
export function outcomeAmong(keys) {
  return keys.length === 4 ? "" : or(keys);
}

/** A response time from `low` to `high` seconds; either may be null. */
export function responseTime(low, high) {
  return and(low !== null && `responsetime >= ${plain(low)}`, high !== null && `responsetime <= ${plain(high)}`);
}

/** An annotation with this value. */
export function annotation(key, value) {
  const literal = typeof value === "string" ? quote(value) : String(value);
  return `${/^\w+$/.test(key) ? `annotation.${key}` : `annotation[${key}]`} = ${literal}`;
}

function braces(within) {
  const inner = and(...within);
  return inner && ` { ${inner} }`;
}

// Filters know no exponents.
function plain(seconds) {
  return Number(seconds.toPrecision(4)).toFixed(7).replace(/\.?0+$/, "");
}

function closed(expression) {
  return /\bOR\b/i.test(expression) ? `(${expression})` : expression;
}
