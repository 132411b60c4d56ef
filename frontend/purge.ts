/**
 * Leaves in each style sheet only the rules that our templates and scripts can use.
 *
 * The back office and the portal are read apart, so that a customer on a phone does not load the
 * styles of a clerk's tables. Declarations with `data:` addresses are dropped as well: the content
 * security policy allows pictures from our own host only, and the few needed ones are files.
 */
import { readFileSync, readdirSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import type { Plugin as PostcssPlugin } from "postcss";
import { PurgeCSS } from "purgecss";

const ROOT = import.meta.dirname;
const TEMPLATES = resolve(ROOT, "../acquit/entrypoints");

/** The files in which class names may be written, by style sheet. */
const SOURCES: Record<string, RegExp> = {
  "backoffice.css": /\.(html|py)$/,
  "portal.css": new RegExp(
    "^portal/.*\\.(html|py)$" +
      "|^ui/templatetags/.*\\.py$" +
      "|^ui/templates/(portal_base|signin_base|styleguide_portal|styleguide_signin)\\.html$" +
      "|^ui/templates/(portal|signin|account|allauth|mfa|cotton|shell|brand)/.*\\.html$",
  ),
};
const ALWAYS = [
  /^data-bs-theme/,
  /^htmx-/,
  /^is-/,
  ...["form-control", "form-select", "form-check-input", "is-invalid"].map(exactly),
];

function exactly(name: string): RegExp {
  return new RegExp(`^${name}$`);
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.\w+$/.test(name))
    .map((name) => resolve(folder, name));
}

function content(sheet: string): { raw: string; extension: string }[] {
  const wanted = SOURCES[sheet] ?? /$^/;
  const templates = files(TEMPLATES).filter((file) => wanted.test(relative(TEMPLATES, file)));
  const scripts = files(resolve(ROOT, "src")).filter((file) => file.endsWith(".ts"));
  return [...templates, ...scripts].map((file) => ({
    raw: readFileSync(file, "utf8"),
    extension: "html",
  }));
}

export function purge(): PostcssPlugin {
  return {
    postcssPlugin: "acquit-purge",
    async OnceExit(root, { postcss }) {
      const sheet = basename(root.source?.input.file ?? "");
      if (!(sheet in SOURCES)) return;
      const [result] = await new PurgeCSS().purge({
        content: content(sheet),
        css: [{ raw: root.toString() }],
        defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
        safelist: { standard: ALWAYS, variables: [/^--aq-/] },
        keyframes: true,
        variables: true,
      });
      if (!result) throw new Error(`nothing left of ${sheet}`);
      const kept = postcss.parse(result.css, { from: root.source?.input.file });
      kept.walkDecls((declaration) => {
        if (/url\(\s*["']?data:/.test(declaration.value)) declaration.remove();
      });
      root.removeAll();
      root.append(kept.nodes);
    },
  };
}
