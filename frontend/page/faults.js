// The fault panel: what the page asks /api for beside an answer. The server keeps nothing of it.

const LIFETIME = 10 * 60 * 1000;
const TOKEN = "x-sample-token";
const KINDS = {
  error: "400, the caller's mistake: yellow",
  throttle: "429, too many requests: purple",
  fault: "500, the service's own: red",
  latency: "right, but later",
  timeout: "three seconds of silence, then 504",
  unreachable: "the front end calls a back end that is not there",
};

// Another site's page can set neither this cookie nor a header, so both together tell that it is this page. The cookie
// is one for all of the page's tabs: it is made once, and read for every request.
function token() {
  const known = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${TOKEN}=`));
  if (known) return known.slice(TOKEN.length + 1);
  const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  document.cookie = `${TOKEN}=${made}; SameSite=Strict; path=/`;
  return made;
}

export function makeFaultPanel(place) {
  const shares = Object.entries(KINDS).map(([kind, meaning]) => share(kind, meaning));
  const latency = number("latency-ms", 300, 0, 10_000);
  const at = choice("at", ["front", "back"]);
  const clear = element("button", { type: "button", textContent: "clear" });
  const said = element("output", { id: "faults-said" });
  said.setAttribute("role", "status");

  const panel = element("fieldset", { id: "faults" });
  panel.append(
    element("legend", { textContent: "faults on purpose" }),
    ...shares.map(({ label }) => label),
    labelled("latency of", latency, "ms"),
    labelled("at the", at, "end"),
    clear,
    said,
  );
  place.append(panel);

  let until = 0;
  let mistake = "";

  const chosen = () => shares.filter(({ input }) => Number(input.value) > 0);
  const reset = () => {
    for (const { input } of shares) input.value = "0";
    latency.value = "300";
    until = 0;
    check();
  };
  const check = () => {
    const wrong = [...shares.map(({ input }) => input), latency].find((input) => !input.checkValidity());
    const sum = chosen().reduce((sum, { input }) => sum + Number(input.value), 0);
    if (wrong) mistake = `${wrong.name}: ${wrong.value || "nothing"} is not a number from ${wrong.min} to ${wrong.max}`;
    else if (sum > 100) mistake = `the shares are ${sum} % together; at most 100`;
    else mistake = "";
    tell();
  };
  const tell = () => {
    const left = Math.ceil((until - Date.now()) / 60_000);
    said.classList.toggle("bad", mistake !== "");
    if (mistake) said.textContent = `${mistake}; until then nothing is injected`;
    else if (chosen().length === 0) said.textContent = "";
    else said.textContent = `ends by itself in ${left} ${left === 1 ? "minute" : "minutes"}`;
  };

  panel.addEventListener("input", () => {
    until = Date.now() + LIFETIME;
    check();
  });
  clear.addEventListener("click", reset);
  setInterval(() => {
    if (until !== 0 && Date.now() > until) reset();
    tell();
  }, 1000);

  // What a request carries; nothing while something is wrong.
  return () => {
    const faults = mistake ? [] : chosen().map(({ kind, input }) => `${kind}:${input.value}`);
    if (faults.length === 0) return { parameters: {}, headers: {} };
    const parameters = { fault: faults.join(","), at: at.value, latency: latency.value };
    return { parameters, headers: { [TOKEN]: token() } };
  };
}

function share(kind, meaning) {
  const input = number(kind, 0, 0, 100);
  const label = labelled(kind, input, "%");
  label.title = meaning;
  return { kind, input, label };
}

function number(name, value, min, max) {
  return element("input", { type: "number", name, id: `fault-${name}`, value: String(value), min: String(min), max: String(max), step: "1", required: true });
}

function choice(name, values) {
  const select = element("select", { name, id: `fault-${name}` });
  select.append(...values.map((value) => element("option", { value, textContent: value })));
  return select;
}

function labelled(before, control, after) {
  const label = element("label");
  label.append(element("span", { textContent: before }), control, element("span", { textContent: after }));
  return label;
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
