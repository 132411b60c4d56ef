/** Small helpers over the document. */

export function one<T extends Element = HTMLElement>(
  selector: string,
  root: ParentNode = document,
): T | null {
  return root.querySelector<T>(selector);
}

export function all<T extends Element = HTMLElement>(
  selector: string,
  root: ParentNode = document,
): T[] {
  return [...root.querySelectorAll<T>(selector)];
}

/** A translated text of the page, from the `data-` attributes of `#texts`. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  const found = document.getElementById("texts")?.dataset[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The element itself or its nearest ancestor that matches. */
export function closest<T extends Element = HTMLElement>(
  target: EventTarget | null,
  selector: string,
): T | null {
  return target instanceof Element ? target.closest<T>(selector) : null;
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

export function isShown(element: Element): boolean {
  return element.checkVisibility();
}

/** Gives focus to something that is no control, such as a region that was just loaded. */
export function focusOn(element: HTMLElement, options?: FocusOptions): void {
  if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.tabIndex = -1;
  element.focus(options);
}

/** Says something to screen readers without showing it. */
export function say(message: string): void {
  const region = document.getElementById("spoken");
  if (!region) return;
  region.textContent = "";
  // A live region is read when it changes, so the same message twice needs a pause between.
  window.setTimeout(() => (region.textContent = message), 50);
}

/** What a request needs that changes something; the page carries it for HTMX. */
export function csrfToken(): string {
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as {
    "X-CSRFToken"?: string;
  };
  return headers["X-CSRFToken"] ?? "";
}
