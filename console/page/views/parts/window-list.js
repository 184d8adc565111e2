// A long list of equal rows of which only those in sight are in the document.

import { h } from "./dom.js";

const BEYOND = 12;

/** Rows of `rowHeight` pixels within `scroller`. `key(item)` names an item, `render(item, index)` makes its row,
 *  `same(a, b)` says that a row need not be made anew, `touch?(row, item)` updates what changes with time. */
export class WindowList {
  /** An array, or what has its `length` and `slice`.
   *  @type {any} */
  items = [];
  #rows = new Map();
  #options;
  #observer;

  constructor(scroller, options) {
    this.scroller = scroller;
    this.#options = options;
    this.element = h("div", { class: "window-list", role: "rowgroup" });
    this.#observer = new ResizeObserver(() => this.draw());
    this.#observer.observe(scroller);
    scroller.addEventListener("scroll", this.draw, { passive: true });
  }

  show(items) {
    this.items = items;
    this.element.style.height = `${items.length * this.#options.rowHeight}px`;
    this.draw();
  }

  /** Scrolls an item into sight and returns its row. */
  reveal(index) {
    const { rowHeight } = this.#options;
    const top = this.#top() + index * rowHeight;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop + rowHeight * 2) this.scroller.scrollTop = top - rowHeight * 3;
    else if (top > scrollTop + clientHeight - rowHeight * 2) this.scroller.scrollTop = top - clientHeight + rowHeight * 3;
    this.draw();
    return this.row(this.#options.key(this.items[index]));
  }

  /** The index of the first item in sight. */
  firstInSight() {
    return Math.max(0, Math.floor((this.scroller.scrollTop - this.#top()) / this.#options.rowHeight));
  }

  row(key) {
    return this.#rows.get(key)?.row;
  }

  close() {
    this.#observer.disconnect();
    this.scroller.removeEventListener("scroll", this.draw);
  }

  draw = () => {
    const { rowHeight, key } = this.#options;
    const above = this.scroller.scrollTop - this.#top();
    const first = Math.max(0, Math.floor(above / rowHeight) - BEYOND);
    const last = Math.min(this.items.length, Math.ceil((above + this.scroller.clientHeight) / rowHeight) + BEYOND);
    const wanted = this.items.slice(first, last);
    this.#drop(new Set(wanted.map(key)));
    // In the document too they stand in order: that is how they are read out and reached with Tab.
    wanted.forEach((item, offset) => {
      const row = this.#rowOf(item, first + offset);
      const there = this.element.children[offset];
      if (there !== row) this.element.insertBefore(row, there ?? null);
    });
  };

  #drop(used) {
    for (const [one, { row }] of this.#rows) {
      if (used.has(one)) continue;
      row.remove();
      this.#rows.delete(one);
    }
  }

  #rowOf(item, index) {
    const { rowHeight, key, render, same, touch } = this.#options;
    const kept = this.#rows.get(key(item));
    const row = kept && same(kept.item, item) ? kept.row : render(item, index);
    row.style.top = `${index * rowHeight}px`;
    row.setAttribute("aria-rowindex", index + 2);
    touch?.(row, item);
    if (kept && kept.row !== row) replace(kept.row, row);
    this.#rows.set(key(item), { row, item });
    return row;
  }

  #top() {
    return this.element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top + this.scroller.scrollTop;
  }
}

function replace(old, row) {
  const focused = focusable(old).indexOf(document.activeElement);
  old.replaceWith(row);
  if (focused >= 0) focusable(row)[focused]?.focus({ preventScroll: true });
}

function focusable(row) {
  return [row, ...row.querySelectorAll("a, button")];
}
