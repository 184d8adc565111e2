import { h } from "./dom.js";
export function compareView() { return { element: h("section"), title: "Compare", show() {}, refresh() {} }; }
