/** Puts the licences of what is built in beside it: `licenses.txt`. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";

const PACKAGES = ["@tabler/core", "@tabler/icons", "htmx.org", "@fontsource-variable/ibm-plex-sans"];

function licence(name: string): string {
  const folder = resolve(import.meta.dirname, "node_modules", name);
  const about = JSON.parse(readFileSync(resolve(folder, "package.json"), "utf8")) as {
    version: string;
    license: string;
  };
  // Tabler's style sheets come without the text; its icons carry the same one of the same author.
  const own = resolve(folder, "LICENSE");
  const file = existsSync(own) ? own : resolve(folder, "../icons/LICENSE");
  const words = readFileSync(file, "utf8").trim();
  return `${name} ${about.version} (${about.license})\n\n${words}\n`;
}

export function licenses(): Plugin {
  return {
    name: "acquit-licenses",
    generateBundle() {
      const source = PACKAGES.map(licence).join(`\n${"=".repeat(80)}\n\n`);
      this.emitFile({ type: "asset", fileName: "licenses.txt", source });
    },
  };
}
