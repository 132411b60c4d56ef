/**
 * Sets light or dark before the first paint. Loaded as a small blocking file, since the content
 * security policy allows no inline script. Without it the colours follow the browser by CSS.
 */
{
  let choice: string | null = null;
  try {
    choice = localStorage.getItem("acquit-theme");
  } catch {
    // Storage may be closed (private window): then the browser's preference decides.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset["bsTheme"] = dark ? "dark" : "light";
}
