/** Menus (`<details data-menu>`), the side navigation on a phone, and the choice of theme. */
import { all, closest, one } from "./dom.ts";

function closeMenus(except: Element | null = null): void {
  for (const menu of all<HTMLDetailsElement>("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

function setSide(open: boolean): void {
  const side = one("#nav");
  if (!side) return;
  side.classList.toggle("is-open", open);
  one("[data-side-open]")?.setAttribute("aria-expanded", String(open));
  one(open ? "[data-side-close]" : "[data-side-open]")?.focus();
}

function setTheme(choice: string): void {
  const dark =
    choice === "dark" || (choice === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset["bsTheme"] = dark ? "dark" : "light";
  markTheme(choice);
  try {
    if (choice === "auto") localStorage.removeItem("acquit-theme");
    else localStorage.setItem("acquit-theme", choice);
  } catch {
    // Storage may be closed: the choice then holds for this page only.
  }
}

function storedTheme(): string {
  try {
    return localStorage.getItem("acquit-theme") ?? "auto";
  } catch {
    return "auto";
  }
}

function markTheme(choice: string): void {
  for (const button of all("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset["themeSet"] === choice));
  }
}

export function startMenus(): void {
  markTheme(storedTheme());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    setTheme(storedTheme()),
  );
  document.addEventListener("click", (event) => {
    closeMenus(closest(event.target, "details[data-menu]"));
    const theme = closest(event.target, "[data-theme-set]");
    if (theme) setTheme(theme.dataset["themeSet"] ?? "auto");
    const opener = closest(event.target, "[data-side-open], [data-side-close]");
    if (opener) {
      event.preventDefault();
      setSide(opener.hasAttribute("data-side-open"));
    } else if (one("#nav.is-open") && !closest(event.target, "#nav")) {
      setSide(false);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = one<HTMLDetailsElement>("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      one("summary", menu)?.focus();
      event.preventDefault();
    } else if (one("#nav.is-open")) {
      setSide(false);
      event.preventDefault();
    }
  });
  document.addEventListener("focusin", (event) => {
    closeMenus(closest(event.target, "details[data-menu]"));
  });
}
