// The form to create, change and delete a sampling rule. The console validates it; errors are shown at the field.

import { button, h, put, set } from "../parts/dom.js";

/** A member of a rule. `number` is the step of one, `fixed` one that stays what it was when the rule was made.
 *  @typedef {{ member: string, label: string, hint?: string, fallback?: string | number, number?: string, fixed?: boolean }} Field */

/** @type {Field[]} */
const FIELDS = [
  { member: "RuleName", label: "Name", fallback: "", fixed: true },
  { member: "Priority", label: "Priority", hint: "1 to 9999; the lowest is tried first", fallback: 1000, number: "1" },
  { member: "ReservoirSize", label: "Reservoir", hint: "requests a second that are sampled in any case", fallback: 1, number: "1" },
  { member: "FixedRate", label: "Rate", hint: "0 to 1, of what is beyond the reservoir", fallback: 0.05, number: "any" },
  { member: "ServiceName", label: "Service name" }, { member: "ServiceType", label: "Service type" }, { member: "Host", label: "Host" },
  { member: "HTTPMethod", label: "HTTP method" }, { member: "URLPath", label: "URL path" }, { member: "ResourceARN", label: "Resource ARN" },
  { member: "Attributes", label: "Attributes", hint: "key=value, separated by commas", fallback: "" },
];
const DEFAULT = "Default";
const OF_DEFAULT = ["ReservoirSize", "FixedRate"];

/** Opens the form for a rule, or for a new one. `create(rule)`, `update(changes)` and `remove(name)` ask the console; `done()` is
 *  called when the rules have changed. */
export function openEditor(panel, rule, { create, update, remove, done }) {
  const fields = FIELDS.map((field) => makeField(field, rule));
  const general = h("p", { class: "field-error", role: "alert" });
  const form = h("form", { class: "editor", onsubmit: (event) => {
    event.preventDefault();
    const values = Object.fromEntries(fields.map(({ member, value }) => [member, value()]));
    act(() => (rule ? update(values) : create({ ...values, Version: 1 })));
  } }, fields.map(({ element }) => element), general, h("p", { class: "actions" },
    h("button", { class: "primary" }, rule ? "Change" : "Create"), rule && rule.RuleName !== DEFAULT && deletion()));

  function deletion() {
    return button("Delete", () => confirm(`Delete the rule ${rule.RuleName}?`) && act(() => remove(rule.RuleName)));
  }

  async function act(change) {
    try {
      await change();
      panel.close();
      done();
    } catch (error) {
      showError(error.reason ?? error.message);
    }
  }

  // The console's errors name the member that is wrong.
  function showError(message) {
    const wrong = fields.find(({ member }) => new RegExp(`\\b${member}\\b`, "i").test(message));
    // The API names the way to the member, as SamplingRule.Priority; here the field is the way.
    const said = message.replace(/^SamplingRule(Update)?\./, "");
    for (const field of fields) field.fail(field === wrong ? said : "");
    put(general, wrong ? "" : message);
    wrong?.focus();
  }

  panel.open(rule ? `Rule ${rule.RuleName}` : "New rule", form);
  panel.focus();
  fields.find(({ editable }) => editable)?.focus();
}

/** @param {Field} field */
function makeField({ member, label, hint, fallback = "*", number, fixed }, rule) {
  const editable = rule?.RuleName === DEFAULT ? OF_DEFAULT.includes(member) : !(fixed && rule);
  const value = written(rule?.[member] ?? fallback);
  const [hintId, errorId] = [`${member}-hint`, `${member}-error`];
  const input = h("input", { id: member, type: number ? "number" : "text", step: number, min: number === "1" ? 0 : null, value, readonly: !editable,
    required: Boolean(number), autocomplete: "off", spellcheck: "false", "aria-describedby": `${hintId} ${errorId}` });
  const error = h("span", { id: errorId, class: "field-error", role: "alert" });
  return {
    member, editable,
    element: h("div", { class: "field" }, h("label", { for: member }, label), input, h("span", { id: hintId, class: "hint" }, hint), error),
    value: () => (number ? Number(input.value) : member === "Attributes" ? attributesIn(input.value) : input.value),
    fail(message) {
      put(error, message);
      set(input, { "aria-invalid": message ? "true" : null });
    },
    focus: () => input.focus(),
  };
}

function written(value) {
  return typeof value === "object" ? Object.entries(value).map((pair) => pair.join("=")).join(", ") : String(value);
}

function attributesIn(text) {
  const pairs = text.split(",").map((pair) => pair.trim()).filter(Boolean);
  return Object.fromEntries(pairs.map((pair) => pair.split(/\s*=\s*(.*)/s).slice(0, 2)).map(([key, value = ""]) => [key, value]));
}
