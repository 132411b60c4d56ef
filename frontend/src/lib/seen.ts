/**
 * Tells the sender that the page was really shown: once it has been visible for a second.
 * Mail scanners open every link, but show nothing to anybody.
 */
import { one } from "./dom.ts";

const WAIT_MS = 1000;

export function startSeen(): void {
  const form = one<HTMLFormElement>("form[data-seen]");
  if (!form) return;
  let told = false;
  const tell = (): void => {
    if (told || document.visibilityState !== "visible") return;
    told = true;
    const body = new FormData(form);
    body.set("quiet", "1");
    // Nobody waits for the answer: the button below does the same by hand.
    void fetch(form.action, { method: "POST", body, keepalive: true }).catch(() => undefined);
  };
  const soon = (): void => void window.setTimeout(tell, WAIT_MS);
  document.addEventListener("visibilitychange", soon);
  soon();
}
