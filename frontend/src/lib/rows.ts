/** Moving over the rows of a list (`[data-row]`), opening and peeking. */
import htmx from "htmx.org";
import { all, closest, focusOn, isShown, one } from "./dom.ts";

let current: HTMLElement | null = null;
let before: HTMLElement | null = null;

function rows(): HTMLElement[] {
  return all("[data-row]").filter(isShown);
}

function mark(row: HTMLElement | null): void {
  if (current === row) return;
  current?.classList.remove("is-current");
  current = row;
  row?.classList.add("is-current");
}

function handle(row: HTMLElement): HTMLElement {
  return one("a[data-open], a.row-open", row) ?? one("a, button", row) ?? row;
}

export function moveTo(row: HTMLElement): void {
  mark(row);
  focusOn(handle(row));
  row.scrollIntoView({ block: "nearest" });
}

export function move(step: 1 | -1): void {
  const list = rows();
  const at = current ? list.indexOf(current) : -1;
  const next = list[at === -1 ? (step === 1 ? 0 : list.length - 1) : at + step];
  if (next) moveTo(next);
}

/** Puts focus on the row at that place after rows left the list. */
export function moveToIndex(index: number): void {
  const list = rows();
  const row = list[Math.min(index, list.length - 1)];
  if (row) moveTo(row);
}

export function currentIndex(): number {
  return current ? rows().indexOf(current) : -1;
}

export function toggleSelect(): void {
  const box = current ? one<HTMLInputElement>("[data-select]", current) : null;
  box?.click();
}

export function openRow(): void {
  if (current) handle(current).click();
}

export function peek(): void {
  if (!current) return;
  if (one("#peek:not([hidden])")) closePeek();
  else showPeek(current);
}

function showPeek(row: HTMLElement): void {
  const url = row.dataset["peek"];
  const panel = one("#peek");
  const body = one("#peek-body");
  if (!url || !panel || !body) return;
  before = document.activeElement instanceof HTMLElement ? document.activeElement : handle(row);
  void htmx.ajax("get", url, { target: body, swap: "innerHTML" }).then(() => {
    panel.hidden = false;
    focusOn(one("h2, h1", body) ?? panel);
  });
}

export function closePeek(): boolean {
  const panel = one("#peek");
  if (!panel || panel.hidden) return false;
  panel.hidden = true;
  before?.focus();
  return true;
}

export function startRows(): void {
  document.addEventListener("focusin", (event) => {
    const row = closest(event.target, "[data-row]");
    if (row) mark(row);
  });
  document.addEventListener("click", (event) => {
    if (closest(event.target, "[data-peek-close]")) closePeek();
    const button = closest(event.target, "[data-peek-open]");
    const row = closest(button, "[data-row]");
    if (!row || !row.dataset["peek"]) return;
    event.preventDefault();
    mark(row);
    showPeek(row);
  });
}
