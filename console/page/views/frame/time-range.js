// The time range: those that slide with the time, and one between two times that are typed.

import { DEFAULT_RANGE, fixedRange, isFiltered, linkKeeping, overview, windowOf } from "../../model/address.js";
import { local } from "../../model/format.js";
import { EXAMPLES, instantOf, mistakeIn } from "../../model/instant.js";
import { button, h, put, set } from "../parts/dom.js";

const SLIDING = [["PT1M", "Last minute"], ["PT5M", "Last 5 minutes"], ["PT15M", "Last 15 minutes"], ["PT30M", "Last 30 minutes"],
  ["PT1H", "Last hour"], ["PT3H", "Last 3 hours"], ["PT6H", "Last 6 hours"]];
const TYPED = "typed";

/** `{ element, show(route) }`; `go(fragment)` is called with where another range leads. */
export function makeTimeRange(go) {
  let shown = null;
  const select = h("select", { "aria-label": "Time range", class: "range", onchange: () =>
    (select.value === TYPED ? openTyped() : choose(select.value)) });

  function choose(timeRange) {
    go(linkKeeping(shown, overview(shown), { timeRange, within: "" }));
  }

  function openTyped() {
    showOptions();
    openDialog(windowNow(), (start, end) => choose(fixedRange(start, end)));
  }

  function windowNow() {
    try {
      return windowOf(shown.params.timeRange);
    } catch {
      return windowOf(DEFAULT_RANGE);
    }
  }

  function showOptions() {
    const chosen = shown.params.timeRange ?? DEFAULT_RANGE;
    const known = SLIDING.some(([value]) => value === chosen);
    const options = [...SLIDING, ...(known ? [] : [[chosen, chosen.includes("~") ? wordsOf(windowNow()) : chosen]]), [TYPED, "From … to …"]];
    put(select, options.map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
    select.value = chosen;
  }

  return {
    element: select,
    show(route) {
      shown = route;
      showOptions();
      select.hidden = !isFiltered(route.view);
      set(select, { title: route.params.timeRange?.includes("~") ? rangeTitle(windowNow()) : null });
    },
  };
}

function openDialog({ start, end }, onchoose) {
  const field = (words, at) => h("input", { type: "text", class: "mono", "aria-label": words, value: local(at).slice(0, 19), "aria-describedby": "range-hint" });
  const [from, to] = [field("From", start), field("To", end)];
  const said = h("p", { class: "notice", role: "alert", hidden: true });
  const dialog = h("dialog", { class: "help range-dialog", "aria-labelledby": "range-title", onclose: () => dialog.remove() },
    h("form", { method: "dialog", onsubmit: submit },
      h("h2", { id: "range-title" }, "Time range"),
      h("label", null, "From ", from), h("label", null, "To ", to),
      h("p", { class: "hint", id: "range-hint" }, `In your time zone where none is named: ${EXAMPLES}.`), said,
      h("p", { class: "actions" }, h("button", { class: "primary" }, "Show"), button("Cancel", () => dialog.close()))));

  function submit(event) {
    event.preventDefault();
    const mistake = mistakeIn(from.value, to.value);
    said.hidden = mistake === null;
    if (mistake) return put(said, mistake);
    dialog.close();
    return onchoose(instantOf(from.value), instantOf(to.value));
  }

  document.body.append(dialog);
  dialog.showModal();
  from.select();
}

function wordsOf({ start, end }) {
  const [from, to] = [local(start), local(end)];
  const today = local(Date.now() / 1000).slice(0, 10);
  const day = from.startsWith(today) ? "" : `${from.slice(5, 10)} `;
  return `${day}${from.slice(11, 19)} – ${to.startsWith(from.slice(0, 10)) ? "" : `${to.slice(5, 10)} `}${to.slice(11, 19)}`;
}

function rangeTitle({ start, end }) {
  return `${local(start)} to ${local(end)}, your time`;
}
