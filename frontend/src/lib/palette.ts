/**
 * The palette (Ctrl+K): pages, customers, documents and actions from `/palette?q=`.
 *
 * The server answers with links of class `palette-item`; here they become the options of a
 * combobox. Without script the same address is an ordinary search page.
 */
import { all, closest, one, text } from "./dom.ts";

const WAIT_MS = 120;
let timer = 0;
let asked = 0;

function parts(): { dialog: HTMLDialogElement; input: HTMLInputElement; list: HTMLElement } | null {
  const dialog = one<HTMLDialogElement>("#palette");
  const input = one<HTMLInputElement>("#palette-input");
  const list = one("#palette-list");
  return dialog && input && list ? { dialog, input, list } : null;
}

function choose(index: number): void {
  const found = parts();
  if (!found) return;
  const items = all<HTMLAnchorElement>(".palette-item", found.list);
  const at = items.length ? (index + items.length) % items.length : -1;
  items.forEach((item, i) => {
    item.id = `palette-${i}`;
    item.tabIndex = -1;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(i === at));
  });
  if (at >= 0) found.input.setAttribute("aria-activedescendant", `palette-${at}`);
  else found.input.removeAttribute("aria-activedescendant");
  items[at]?.scrollIntoView({ block: "nearest" });
}

function chosen(list: HTMLElement): number {
  return all(".palette-item", list).findIndex((item) => item.ariaSelected === "true");
}

async function ask(): Promise<void> {
  const found = parts();
  if (!found) return;
  const mine = ++asked;
  const url = new URL(found.dialog.dataset["url"] ?? "/palette", location.href);
  url.searchParams.set("q", found.input.value);
  let answer: string;
  try {
    const response = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!response.ok) throw new Error(String(response.status));
    answer = await response.text();
  } catch {
    if (mine === asked) showProblem(found.list);
    return;
  }
  // An answer that was overtaken by a later question is not shown.
  if (mine !== asked) return;
  found.list.innerHTML = answer;
  choose(0);
}

function showProblem(list: HTMLElement): void {
  const line = document.createElement("p");
  line.className = "palette-none";
  line.textContent = text("searchFailed");
  list.replaceChildren(line);
}

export function openPalette(): void {
  const found = parts();
  if (!found || found.dialog.open) return;
  found.dialog.showModal();
  found.input.select();
  void ask();
}

function onKey(event: KeyboardEvent): void {
  const found = parts();
  if (!found) return;
  const at = chosen(found.list);
  if (event.key === "ArrowDown") choose(at + 1);
  else if (event.key === "ArrowUp") choose(at - 1);
  else if (event.key === "Enter") all(".palette-item", found.list)[at]?.click();
  else return;
  event.preventDefault();
}

export function startPalette(): void {
  const found = parts();
  if (!found) return;
  found.input.addEventListener("keydown", onKey);
  found.input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), WAIT_MS);
  });
  document.addEventListener("click", (event) => {
    if (!closest(event.target, "[data-palette-open]")) return;
    event.preventDefault();
    openPalette();
  });
}
