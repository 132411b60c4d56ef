/**
 * What a first visit loads besides its HTML, in bytes as sent (gzip; fonts are packed already).
 * Fails when too little of a page's budget is left for its HTML: of 150 kB, 30; of the portal's
 * 80 kB, 10.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";

const BUILT = resolve(import.meta.dirname, "../../acquit/static/built");
const manifest = JSON.parse(readFileSync(resolve(BUILT, "manifest.json"), "utf8"));
const BUDGET = { backoffice: 120_000, portal: 70_000 };

/** Files of an entry, its imports and style sheets, as a set of names. */
function load(key, found = new Set()) {
  const entry = manifest[key];
  if (found.has(entry.file)) return found;
  found.add(entry.file);
  for (const file of [...(entry.css ?? []), ...(entry.assets ?? [])]) found.add(file);
  for (const other of entry.imports ?? []) load(other, found);
  return found;
}

function weight(file) {
  const bytes = readFileSync(resolve(BUILT, file));
  return file.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length;
}

let heavy = false;
for (const [page, budget] of Object.entries(BUDGET)) {
  const files = load(`src/${page}.ts`);
  for (const key of ["src/theme.ts", "src/generated/icons.svg", "src/assets/favicon.svg"]) {
    load(key, files);
  }
  const total = [...files].reduce((sum, file) => sum + weight(file), 0);
  heavy ||= total > budget;
  console.log(`${page}: ${total} bytes of ${budget}`);
  for (const file of files) console.log(`  ${String(weight(file)).padStart(7)}  ${file}`);
}
process.exitCode = heavy ? 1 : 0;
