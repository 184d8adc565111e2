// Elements from script. Text is always a text node: nothing from outside can become markup.

// Characters that turn the letters of a text around. Shown as what they are, for a name that reads as another one deceives.
const TURNING = /[\u202A-\u202E\u2066-\u2069]/g;
const READ_OUT = ["title", "aria-label"];
const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `props`: `on…` are listeners, `style` is an object (set through CSSOM: the CSP forbids style
 *  attributes), all others attributes; null, undefined and false are left out. Children: nodes, text, nested arrays. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element, by the rules of `h`. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** Replaces the children of `element` and returns it. */
export function put(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

/** Sets or removes attributes by the rules of `h`, and returns the element. */
export function set(element, props) {
  for (const [name, value] of Object.entries(props ?? {})) setOne(element, name, value);
  return element;
}

/** A button with a visible text. */
export function button(text, onclick, props) {
  return h("button", { type: "button", onclick, ...props }, text);
}

/** A button that copies what `text()` gives to the clipboard and says so. */
export function copyButton(words, text) {
  return button(words, async (event) => {
    const self = event.currentTarget;
    const copied = await copy(await text());
    self.textContent = copied ? "Copied" : "Copying is not allowed here";
    setTimeout(() => { self.textContent = words; }, 1500);
  }, { class: "quiet" });
}

function fill(element, props, children) {
  set(element, props);
  element.append(...present(children));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : inOrder(String(child))));
}

function inOrder(text) {
  return text.replace(TURNING, (one) => `‹U+${one.charCodeAt(0).toString(16).toUpperCase()}›`);
}

function setOne(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : READ_OUT.includes(name) ? inOrder(String(value)) : value);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
