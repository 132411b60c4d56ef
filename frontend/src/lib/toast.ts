/**
 * Short notices with Undo. The server sends them in the page (Django messages) or, after an HTMX
 * request, in the header `HX-Trigger: {"toast": {"message": …, "undo": "/url", "tone": "good"}}`.
 *
 * A notice stays 10 seconds, longer while it is pointed at or has focus; a bad one stays until it
 * is closed. Its Undo button is an ordinary form, so it also works where a request fails.
 */
import htmx from "htmx.org";
import { all, closest, csrfToken, one, text } from "./dom.ts";

const STAY_MS = 10_000;

interface Toast {
  message: string;
  undo?: string;
  tone?: string;
}

function undoForm(url: string): HTMLFormElement {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  form.setAttribute("hx-post", url);
  form.setAttribute("hx-swap", "none");
  form.dataset["undo"] = "";
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrfmiddlewaretoken";
  token.value = csrfToken();
  const button = document.createElement("button");
  const cap = document.createElement("kbd");
  cap.className = "key-hint";
  cap.setAttribute("aria-hidden", "true");
  cap.textContent = "u";
  button.setAttribute("aria-keyshortcuts", "u");
  button.append(text("undo"), " ", cap);
  form.append(token, button);
  return form;
}

function closeButton(): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast-close";
  button.dataset["toastClose"] = "";
  button.textContent = "×";
  button.setAttribute("aria-label", text("close"));
  return button;
}

/** Starts the clock of one notice; it stands still under pointer or focus. */
function keep(note: HTMLElement): void {
  if (note.classList.contains("is-bad") || note.dataset["kept"]) return;
  note.dataset["kept"] = "yes";
  let timer = 0;
  const stop = (): void => window.clearTimeout(timer);
  const start = (): void => {
    stop();
    timer = window.setTimeout(() => note.remove(), STAY_MS);
  };
  note.addEventListener("pointerenter", stop);
  note.addEventListener("focusin", stop);
  note.addEventListener("pointerleave", start);
  note.addEventListener("focusout", start);
  start();
}

export function showToast(toast: Toast): void {
  const region = one("#toasts");
  if (!region) return;
  const note = document.createElement("div");
  note.className = `toast-note is-${toast.tone ?? "good"}`;
  const words = document.createElement("span");
  words.textContent = toast.message;
  note.append(words);
  if (toast.undo) note.append(undoForm(toast.undo));
  note.append(closeButton());
  region.append(note);
  htmx.process(note);
  keep(note);
}

/** Presses the newest Undo of a notice, and tells whether there was one. */
export function undoNoticed(): boolean {
  const button = all<HTMLButtonElement>("#toasts [data-undo] button").at(-1);
  button?.click();
  return button !== undefined;
}

/** A key must never do nothing unseen. */
export function nothingToUndo(): void {
  showToast({ message: text("nothingToUndo"), tone: "calm" });
}

export function startToasts(): void {
  all("#toasts .toast-note").forEach(keep);
  document.body.addEventListener("toast", (event) => {
    showToast((event as CustomEvent<Toast>).detail);
  });
  document.addEventListener("click", (event) => {
    if (!closest(event.target, "[data-toast-close]")) return;
    closest(event.target, ".toast-note")?.remove();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const form = closest(event.target, "#toasts [data-undo]");
    if (form && (event as CustomEvent<{ successful: boolean }>).detail.successful) {
      form.closest(".toast-note")?.remove();
    }
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const status = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr.status;
    showToast({ message: text("failed", { status }), tone: "bad" });
  });
  document.body.addEventListener("htmx:sendError", () => {
    showToast({ message: text("offline"), tone: "bad" });
  });
}
