// A file is opened: chosen, or dropped anywhere on the page. What was taken of it and what was not, in words.

import { count, plural } from "../../model/format.js";
import { button, h, put } from "../parts/dom.js";

const LISTED = 8;

/** A button that lets the reader choose files; `onfiles(files)` is told of them. */
export function openButton(onfiles) {
  const input = h("input", { type: "file", multiple: true, hidden: true, accept: ".json,.jsonl,.ndjson,.txt,application/json",
    "aria-label": "Files with traces", onchange: () => {
      onfiles([...input.files]);
      input.value = "";
    } });
  return [button("Open", () => input.click(), { class: "quiet", title: "Look at a file with traces: JSON of X-Ray or OTLP. Or drop it onto the page" }), input];
}

/** Tells `onfiles(files)` of files that are dropped onto the page. */
export function listenForFiles(onfiles) {
  const isFile = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  const root = document.documentElement;
  root.addEventListener("dragover", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    root.classList.add("dropping");
  });
  root.addEventListener("dragleave", ({ relatedTarget }) => !relatedTarget && root.classList.remove("dropping"));
  root.addEventListener("drop", (event) => {
    root.classList.remove("dropping");
    if (!isFile(event)) return;
    event.preventDefault();
    onfiles([...event.dataTransfer.files]);
  });
}

/** Shows how far the reading is: `{ progress(words), end(taken, mistakes, address), closed }`. It closes by itself where nothing went wrong;
 *  `closed` says that the reader wants no more of it. `go(fragment)` leads to what was taken. */
export function showOpening(go) {
  const said = h("p", { role: "status" });
  const wrong = h("div");
  const actions = h("p", { class: "actions" });
  const dialog = h("dialog", { class: "help opening", "aria-labelledby": "opening-title", onclose: () => dialog.remove() },
    h("h2", { id: "opening-title" }, "Open a file"), said, wrong, actions);
  put(actions, button("Cancel", () => dialog.close()));
  document.body.append(dialog);
  dialog.showModal();

  function end(taken, mistakes, address) {
    const show = () => {
      dialog.close();
      if (address) go(address);
    };
    if (mistakes.length === 0) return show();
    put(said, taken === 0 ? "Nothing of it was taken." : `${plural(taken, "trace")} taken.`);
    put(wrong, h("ul", { class: "mistakes", role: "alert" }, mistakes.slice(0, LISTED).map((words) => h("li", null, words))),
      mistakes.length > LISTED && h("p", { class: "hint" }, `and ${count(mistakes.length - LISTED)} more`));
    put(actions, taken > 0 && button("Show them", show, { class: "primary", autofocus: true }), button("Close", () => dialog.close()));
    return undefined;
  }

  return { progress: (words) => put(said, words), end, get closed() { return !dialog.isConnected; } };
}
