/** Copy buttons: `<button data-copy="text">`. */
import { closest, say, text } from "./dom.ts";

async function put(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return putByField(value);
  }
}

/** For pages served without TLS, where browsers hide the clipboard. */
function putByField(value: string): boolean {
  const field = document.createElement("textarea");
  field.value = value;
  field.className = "spoken";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export function startCopy(): void {
  document.addEventListener("click", (event) => {
    const button = closest<HTMLButtonElement>(event.target, "button[data-copy]");
    if (!button) return;
    void put(button.dataset["copy"] ?? "").then((done) => {
      const label = button.querySelector("[data-copy-label]") ?? button;
      const before = button.dataset["copyText"] ?? label.textContent ?? "";
      button.dataset["copyText"] = before;
      const after = done ? text("copied") : text("copyFailed");
      label.textContent = after;
      button.focus();
      say(after);
      window.setTimeout(() => (label.textContent = before), 2000);
    });
  });
}
