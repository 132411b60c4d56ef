/**
 * Makes the files that the build needs and that are not written by hand, in `src/generated`:
 * the icon sprite (only icons named in `icons.json` or in a template) and the subset fonts.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import subsetFont from "subset-font";

const ROOT = resolve(import.meta.dirname, "..");
const OUT = resolve(ROOT, "src/generated");
const PAGES = resolve(ROOT, "../acquit/entrypoints");
const PACKAGES = resolve(ROOT, "node_modules");

/** Letters of English, French, German, Romanian and their neighbours' names. */
const LATIN =
  range(0x20, 0x7e) +
  range(0xa0, 0xff) +
  "ıŒœŸƒˆ˜–—‘’‚“”„†•…‰‹›⁄€™−×÷\u2009\u202f";
const LATIN_EXT = range(0x100, 0x17f) + "ȘșȚțẞ";

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)).join(
    "",
  );
}

async function font(source, target, letters) {
  const from = resolve(PACKAGES, "@fontsource-variable/ibm-plex-sans/files", source);
  const to = resolve(OUT, target);
  const me = statSync(import.meta.filename).mtimeMs;
  if (existsSync(to) && statSync(to).mtimeMs > Math.max(me, statSync(from).mtimeMs)) return;
  const bytes = await subsetFont(readFileSync(from), letters, {
    targetFormat: "woff2",
    variationAxes: { wght: { min: 400, max: 700, default: 400 } },
  });
  writeFileSync(to, bytes);
}

/** Icons written as `<c-icon name="x">` or `icon="x"` in templates and Python. */
function namedInPages() {
  const names = new Set();
  for (const file of readdirSync(PAGES, { recursive: true })) {
    if (!/\.(html|py)$/.test(file)) continue;
    const text = readFileSync(resolve(PAGES, file), "utf8");
    for (const found of text.matchAll(
      /<c-icon\s+name="([a-z0-9-]+)"|{% icon "([a-z0-9-]+)" %}|\bicon="([a-z0-9-]+)"/g,
    )) {
      names.add(found.slice(1).find(Boolean));
    }
  }
  return names;
}

function sprite() {
  const listed = JSON.parse(readFileSync(resolve(ROOT, "icons.json"), "utf8"));
  const names = [...new Set([...listed, ...namedInPages()])].sort();
  const symbols = names.map((name) => {
    const file = resolve(PACKAGES, "@tabler/icons/icons/outline", `${name}.svg`);
    if (!existsSync(file)) throw new Error(`no Tabler icon is called "${name}"`);
    const body = readFileSync(file, "utf8")
      .replace(/<!--[\s\S]*?-->/g, "")
      .match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1]
      .replace(/\s*\n\s*/g, "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
  });
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
  writeFileSync(resolve(OUT, "icons.svg"), text);
}

mkdirSync(OUT, { recursive: true });
sprite();
await font("ibm-plex-sans-latin-wght-normal.woff2", "plex-latin.woff2", LATIN);
await font("ibm-plex-sans-latin-ext-wght-normal.woff2", "plex-latin-ext.woff2", LATIN_EXT);
