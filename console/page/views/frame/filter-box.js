// The filter box: an expression with completion and error position, or a pasted trace id.

import { isFiltered, linkKeeping, overview, traceLink } from "../../model/address.js";
import { suggest } from "../../model/completion.js";
import { traceIdIn } from "../../model/trace-id.js";
import { h, put, set } from "../parts/dom.js";

/** `{ element, show(route), fail(error) }`. `go(fragment)` is called with where an expression or an id leads; `completions()`
 *  gives the words that the console knows. */
export function makeFilterBox(go, completions) {
  const input = h("input", { id: "filter", type: "text", class: "mono", placeholder: "Filter expression or trace id",
    autocomplete: "off", spellcheck: "false", role: "combobox", "aria-label": "Filter expression or trace id",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions" });
  const problem = h("div", { class: "problem", role: "alert", hidden: true });
  const list = makeSuggestions(input, completions);
  let shown = null;
  const element = h("form", { class: "filter", role: "search", onsubmit: (event) => {
    event.preventDefault();
    list.close();
    if (traceIdIn(input.value)) input.blur();
    go(addressOf(shown, input.value.trim()));
  } }, input, list.element, problem);

  function showProblem(content) {
    problem.hidden = !content;
    set(input, { "aria-invalid": content ? "true" : null });
    if (content) put(problem, content);
  }

  return {
    element,
    show(route) {
      const elsewhere = shown?.view !== route.view;
      shown = route;
      const { params, view, id } = route;
      if (elsewhere || document.activeElement !== input) input.value = id ?? params.filter ?? "";
      element.hidden = !isFiltered(view);
      showProblem(null);
    },
    /** Shows what is wrong with the filter; true if the error was the filter's. */
    fail(error) {
      const mine = error !== null && error.position !== null && error.position !== undefined;
      showProblem(mine ? pointAt(shown.params.filter ?? "", error) : null);
      return mine;
    },
  };
}

// An expression is applied to the current view, or to the list of traces.
function addressOf(route, text) {
  const id = traceIdIn(text);
  return id ? traceLink(id, "", route) : linkKeeping(route, overview(route), { filter: text });
}

// Positions count characters, not the UTF-16 units of JavaScript's strings.
function pointAt(text, { message, position, expected }) {
  const characters = [...text];
  return [
    h("p", { class: "mono" }, characters.slice(0, position).join(""),
      h("mark", null, characters[position] ?? "␣"), characters.slice(position + 1).join("")),
    h("p", null, expected ? `At character ${position + 1}: expected ${expected}.` : message),
  ];
}

function makeSuggestions(input, completions) {
  const element = h("ul", { id: "suggestions", class: "suggestions", role: "listbox", "aria-label": "Completions", hidden: true });
  let offered = { items: [] };
  let chosen = -1;
  let vocabulary = {};

  function close() {
    element.hidden = true;
    chosen = -1;
    set(input, { "aria-expanded": "false", "aria-activedescendant": null });
  }

  function offer() {
    offered = suggest(input.value.slice(0, input.selectionStart), vocabulary);
    chosen = -1;
    if (offered.items.length === 0) return close();
    put(element, offered.items.map(option));
    element.hidden = false;
    set(input, { "aria-expanded": "true", "aria-activedescendant": null });
  }

  function option({ text, hint }, index) {
    const onpointerdown = (event) => {
      event.preventDefault();
      accept(index);
    };
    return h("li", { id: `suggestion-${index}`, role: "option", "aria-selected": "false", onpointerdown },
      h("span", { class: "mono" }, text), h("span", { class: "hint" }, hint));
  }

  function choose(index) {
    element.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = (index + offered.items.length) % offered.items.length;
    set(element.children[chosen], { "aria-selected": "true" }).scrollIntoView({ block: "nearest" });
    set(input, { "aria-activedescendant": `suggestion-${chosen}` });
  }

  function accept(index) {
    input.setRangeText(offered.items[index].text, offered.from, input.selectionStart, "end");
    offer();
  }

  function key(event) {
    if (event.key === "Escape") return close();
    if (element.hidden) return event.key === "ArrowDown" && offer();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(chosen + (chosen < 0 && step < 0 ? 0 : step));
    else if (event.key === "Enter" && chosen >= 0 || event.key === "Tab" && chosen >= 0) accept(chosen);
    else return undefined;
    return event.preventDefault();
  }

  set(input, { oninput: offer, onkeydown: key, onblur: close, onfocus: async () => {
    vocabulary = await completions().catch(() => vocabulary);
    if (document.activeElement === input) offer();
  } });
  return { element, close };
}
