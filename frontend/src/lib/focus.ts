/** After an HTMX swap focus is in the new content, or stays on the row it was on. */
import { focusOn, one } from "./dom.ts";
import { currentIndex, moveToIndex } from "./rows.ts";
import { refreshSelections } from "./selection.ts";

/** A little more than the time HTMX takes to settle new content. */
const SETTLED_MS = 40;

let rowIndex = -1;
let focusedId = "";

interface Swap {
  target: HTMLElement;
}

function settle(target: HTMLElement): void {
  refreshSelections();
  const wanted = one("[data-faults], [autofocus], [data-focus]", target);
  if (wanted) {
    focusOn(wanted);
    return;
  }
  if (!restore() && target.isConnected) focusOn(target);
}

/** Gives lost focus back to the same element or to the row now in its place. */
function restore(): boolean {
  const active = document.activeElement;
  if (active && active !== document.body) return true;
  const same = focusedId ? document.getElementById(focusedId) : null;
  same?.focus();
  if (!same && rowIndex >= 0) moveToIndex(rowIndex);
  return same !== null || rowIndex >= 0;
}

export function startFocus(): void {
  const body = document.body;
  body.addEventListener("htmx:beforeSwap", () => {
    rowIndex = currentIndex();
    focusedId = document.activeElement?.id ?? "";
  });
  body.addEventListener("htmx:afterSettle", (event) => {
    settle((event as CustomEvent<Swap>).detail.target);
  });
  body.addEventListener("htmx:beforeRequest", () => body.classList.add("is-loading"));
  body.addEventListener("htmx:afterRequest", () => {
    body.classList.remove("is-loading");
    // A row that left the list settles nothing, so no event tells of it after the swap.
    window.setTimeout(() => {
      if (rowIndex >= 0) restore();
      refreshSelections();
    }, SETTLED_MS);
  });
}
