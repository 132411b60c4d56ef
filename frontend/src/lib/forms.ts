/** Plain forms: a second click never sends twice, and an error summary takes focus. */
import { focusOn, one } from "./dom.ts";

export function startForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (event.defaultPrevented) return;
    if (form.dataset["sent"] === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  // Back brings the page from memory as it was left: the form may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) {
      delete form.dataset["sent"];
      for (const button of form.querySelectorAll("[aria-busy]"))
        button.removeAttribute("aria-busy");
    }
  });
  const faults = one("[data-faults]");
  if (faults) focusOn(faults);
}
