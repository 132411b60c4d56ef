/**
 * The keyboard. Single letters work outside of fields and dialogs, and not at all while the
 * profile has them off (`<body data-keys="off">`, WCAG 2.1.4). Ctrl+K and Escape always work.
 *
 * A page adds its own: `<button data-key="e" data-key-label="Edit">` is pressed by `e`, and
 * `<a data-go="b">` in the navigation by `g` then `b`. Both show up in the help dialog.
 */
import { all, isShown, isTyping, one } from "./dom.ts";
import { openPalette } from "./palette.ts";
import { closePeek, move, openRow, peek, toggleSelect } from "./rows.ts";
import { clearSelection } from "./selection.ts";
import { nothingToUndo, undoNoticed } from "./toast.ts";

const GO_MS = 1500;
let goUntil = 0;

function search(): void {
  const field = all<HTMLInputElement>("[data-search]").find(isShown);
  if (!field) openPalette();
  else field.select();
  field?.focus();
}

function help(): void {
  const dialog = one<HTMLDialogElement>("#help");
  const list = one("#help-page", dialog ?? document);
  if (!dialog || !list) return;
  list.replaceChildren(...pageKeys());
  dialog.showModal();
}

/** What this page adds, read from the elements that carry a key. */
function pageKeys(): HTMLElement[] {
  const entries = [
    ...all("[data-key]").map((e) => [e.dataset["key"], e] as const),
    ...all("[data-go]").map((e) => [`g ${e.dataset["go"]}`, e] as const),
  ];
  return entries.flatMap(([keys, element]) => {
    const term = document.createElement("dt");
    for (const key of (keys ?? "").split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = element.dataset["keyLabel"] ?? words(element);
    return [term, meaning];
  });
}

/** What stands on a button or link, without the key that is drawn beside it. */
function words(element: HTMLElement): string {
  const copy = element.cloneNode(true) as HTMLElement;
  for (const cap of all("kbd", copy)) cap.remove();
  return copy.textContent?.trim() ?? "";
}

const ACTIONS: Record<string, () => void> = {
  "/": search,
  "?": help,
  j: () => move(1),
  k: () => move(-1),
  x: toggleSelect,
  p: peek,
  u: nothingToUndo,
  g: () => (goUntil = performance.now() + GO_MS),
};

function press(selector: string): boolean {
  const element = all(selector).find(isShown);
  element?.click();
  return element !== undefined;
}

function onLetter(key: string): boolean {
  const isGoing = performance.now() < goUntil;
  goUntil = 0;
  const name = CSS.escape(key);
  if (isGoing) return press(`[data-go="${name}"]`);
  // What a notice offers to undo was done last; an Undo of the page is of what it shows by now,
  // which after "accept and go on" is another receipt.
  if (key === "u" && undoNoticed()) return true;
  if (press(`[data-key="${name}"]`)) return true;
  const action = ACTIONS[key];
  action?.();
  return action !== undefined;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  if (event.key === "Escape") {
    if (closePeek()) return;
    // Out of the field first, so that the letters are keys again.
    if (isTyping(event.target)) (event.target as HTMLElement).blur();
    else clearSelection();
    return;
  }
  if (isTyping(event.target) || document.body.dataset["keys"] === "off") return;
  if (event.key === "Enter") {
    // Only where no control has focus; a focused link or button opens by itself.
    if (document.activeElement === document.body) openRow();
  } else if (event.key.length === 1 && onLetter(event.key)) {
    event.preventDefault();
  }
}

export function startKeyboard(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-help-open]")) {
      event.preventDefault();
      help();
    }
  });
}
