// Keys: those that work anywhere, and those of the screen that is shown.

import { linkKeeping } from "../model/address.js";
import { live } from "../state/live.js";
import { go, here } from "../state/route.js";
import { showHelp } from "../views/frame/help.js";

const ANYWHERE = [
  { key: "m", words: "Service map", run: () => open("service-map") },
  { key: "t", words: "Traces", run: () => open("traces") },
  { key: "s", words: "Sampling", run: () => open("sampling") },
  { key: "w", words: "Wire", run: () => open("wire") },
  { key: "p", words: "Pause, go on", run: () => live.toggle() },
  { key: "/", words: "Filter, or search within a trace", run: () => /** @type {HTMLElement | null} */ (document.querySelector("#filter"))?.focus() },
  { key: "?", words: "This sheet", run: openHelp },
];

let keysOfScreen = () => [];

/** Listens; `ofScreen()` gives the keys of the screen that is shown, which outweigh those that work anywhere. */
export function listen(ofScreen) {
  keysOfScreen = ofScreen;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (takesText(event.target) || document.querySelector("dialog[open]")) return;
    const action = [...keysOfScreen(), ...ANYWHERE].find(({ key }) => key === event.key);
    if (!action) return;
    event.preventDefault();
    action.run();
  });
}

/** Shows the sheet of all keys. */
export function openHelp() {
  showHelp(ANYWHERE, keysOfScreen());
}

function open(path) {
  go(linkKeeping(here(), path));
}

function takesText(target) {
  return target.matches?.("input:not([type=checkbox]), select, textarea");
}
