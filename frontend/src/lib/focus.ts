/** After an HTMX swap focus is in the new content, or stays on the row it was on. */
import { focusOn, one } from "./dom.ts";
import { currentIndex, moveToIndex } from "./rows.ts";
import { refreshSelections } from "./selection.ts";

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
  const active = document.activeElement;
  if (active && active !== document.body) return;
  const same = focusedId ? document.getElementById(focusedId) : null;
  if (same) same.focus();
  else if (rowIndex >= 0) moveToIndex(rowIndex);
  else if (target.isConnected) focusOn(target);
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
  body.addEventListener("htmx:afterRequest", () => body.classList.remove("is-loading"));
}
