/** After an HTMX swap focus is in the new content, or stays on the row it was on. */
import { all, focusOn, one } from "./dom.ts";
import { currentIndex, moveToIndex } from "./rows.ts";
import { refreshSelections } from "./selection.ts";

/** A little more than the time HTMX takes to settle new content. */
const SETTLED_MS = 40;

/** So much of a region has to be seen; the receipt's payer, amount and text take less. */
const HEAD_PX = 240;

let rowIndex = -1;
let focusedId = "";

interface Swap {
  target: HTMLElement;
}

/** Focuses what the new content asks for. Where it names a head, such as who paid what, the head
 * stays in view: the next key press must never decide something that nobody saw. */
function focusWanted(target: HTMLElement): boolean {
  const wanted = one("[data-faults], [autofocus], [data-focus]", target);
  if (!wanted) return false;
  const head = one("[data-head]", target);
  const isFault = wanted.matches("[data-faults]");
  focusOn(wanted, { preventScroll: head !== null && !isFault });
  if (head && !isFault && !(isInView(head) && isInView(wanted))) {
    window.scrollBy({ top: head.getBoundingClientRect().top - covered() });
  }
  return true;
}

function isInView(element: HTMLElement): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= covered() && Math.min(bottom, top + HEAD_PX) <= window.innerHeight;
}

/** How much of the window the bars take that stay where they are while the page scrolls. */
function covered(): number {
  const ends = all("header.top, .page-head .head").map((bar) => {
    const { position, top } = getComputedStyle(bar);
    return position === "sticky" ? Number.parseFloat(top) + bar.offsetHeight : 0;
  });
  return Math.max(0, ...ends);
}

function settle(target: HTMLElement): void {
  refreshSelections();
  if (focusWanted(target)) return;
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
  const first = one("[data-focus]");
  // A fresh page starts at its top; what waits to be pressed is focused where it is.
  if (first && !location.hash) focusOn(first, { preventScroll: true });
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
