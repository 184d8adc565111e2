// Sampling: the rules, what was reported of each, and their editor.

import * as api from "../api.js";
import { button, h } from "../views/parts/dom.js";
import { attempt } from "../views/parts/problem.js";
import { openEditor } from "../views/sampling/editor.js";
import { makeRules } from "../views/sampling/rules.js";

export function samplingScreen({ panel, refresh: again }) {
  const message = h("div", { class: "message" });
  const edit = (rule) => openEditor(panel, rule, { create: api.createSamplingRule, update: api.updateSamplingRule, remove: api.deleteSamplingRule, done: again });
  const rules = makeRules(edit);

  return {
    element: h("section", { class: "sampling-view" },
      h("div", { class: "view-head" }, h("h1", null, "Sampling"),
        h("span", { class: "hint" }, "Services ask this console for these rules, and report every ten seconds."),
        h("span", { class: "actions" }, button("New rule", () => edit(null), { class: "primary", title: "Make a rule (n)" }))),
      message, rules.element),
    title: "Sampling",
    keys: [{ key: "n", words: "New rule", run: () => edit(null) }],
    show: () => {},
    refresh: () => attempt(message, async () => rules.show(await api.sampling())),
    // Nothing of this changes when a trace arrives, and what services report is told by no event.
    concerns: () => false,
    isSettled: () => false,
  };
}
