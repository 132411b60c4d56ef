/**
 * "Ana is here": a page that somebody works on says so while it is visible, and hears who else is.
 * `<p data-presence="/address">` holds the sentence; it is hidden while nobody else is there.
 */
import { csrfToken, one, say } from "./dom.ts";

const EVERY_MS = 15_000;

async function tell(): Promise<void> {
  const place = one("[data-presence]");
  if (!place || document.visibilityState !== "visible") return;
  const headers = { "X-CSRFToken": csrfToken() };
  const answer = await fetch(place.dataset["presence"] ?? "", { method: "POST", headers });
  const words = one("span", place);
  if (!answer.ok || answer.redirected || !words) return;
  const sentence = await answer.text();
  if (sentence && words.textContent !== sentence) say(sentence);
  words.textContent = sentence;
  place.hidden = sentence === "";
}

export function startPresence(): void {
  // A courtesy: without a connection the page goes on, and every act checks for itself.
  const quietly = (): void => void tell().catch(() => undefined);
  window.setInterval(quietly, EVERY_MS);
  document.addEventListener("visibilitychange", quietly);
  document.body.addEventListener("htmx:afterSettle", quietly);
  quietly();
}
