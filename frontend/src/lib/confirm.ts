/**
 * Questions before a step that matters: `<button data-confirm="Void F-2026-00042?">`.
 *
 * `data-confirm-detail` adds a sentence, `data-confirm-label` names the button. The dialog is
 * `#confirm` of the base page; without script the server asks on a page of its own.
 */
import { closest, one, text } from "./dom.ts";

let agreed: HTMLElement | null = null;

function ask(button: HTMLElement): void {
  const dialog = one<HTMLDialogElement>("#confirm");
  if (!dialog) return;
  const fill = (name: string, value: string): void => {
    const place = one(`[data-${name}]`, dialog);
    if (place) place.textContent = value;
  };
  fill("confirm-title", button.dataset["confirm"] ?? "");
  fill("confirm-detail", button.dataset["confirmDetail"] ?? "");
  fill("confirm-yes", button.dataset["confirmLabel"] ?? button.textContent?.trim() ?? text("yes"));
  dialog.returnValue = "";
  dialog.showModal();
  one("[data-confirm-no]", dialog)?.focus();
  dialog.addEventListener(
    "close",
    () => {
      button.focus();
      if (dialog.returnValue !== "yes") return;
      agreed = button;
      button.click();
      agreed = null;
    },
    { once: true },
  );
}

export function startConfirm(): void {
  document.addEventListener(
    "click",
    (event) => {
      const button = closest(event.target, "[data-confirm]");
      if (!button || button === agreed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(button);
    },
    { capture: true },
  );
}
