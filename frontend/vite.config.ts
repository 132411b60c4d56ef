import { resolve } from "node:path";
import { defineConfig } from "vite";
import { licenses } from "./licenses.ts";
import { purge } from "./purge.ts";

const here = (path: string): string => resolve(import.meta.dirname, path);

export default defineConfig({
  root: import.meta.dirname,
  // Addresses inside style sheets stay relative, so any STATIC_URL serves them.
  base: "./",
  publicDir: false,
  plugins: [licenses()],
  css: { postcss: { plugins: [purge()] } },
  build: {
    outDir: here("../acquit/static/built"),
    emptyOutDir: true,
    manifest: "manifest.json",
    // Nothing is inlined: the content security policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["es2022", "safari16"],
    // light-dark() and :has() are used as they are.
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    rollupOptions: {
      // HTMX can evaluate text from attributes; the pages switch that off (allowEval).
      checks: { eval: false },
      input: {
        backoffice: here("src/backoffice.ts"),
        portal: here("src/portal.ts"),
        theme: here("src/theme.ts"),
      },
      output: { assetFileNames: "assets/[name]-[hash][extname]" },
    },
  },
});
