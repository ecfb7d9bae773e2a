// Builds the pages that the server serves: the live picture at "/", the kernel benchmark at "/bench.html". They import the package by its own name, so they get the public
// doors as they are built (dist), like any page would.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** A running server, for `vite` with hot reload. */
const SERVER = "http://127.0.0.1:4500";

export default defineConfig({
  root: here("."),
  // The page works below any path.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: here("../../dist/page"),
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { input: [here("index.html"), here("bench.html"), here("graph.html")] },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": SERVER, "/ws": { target: SERVER, ws: true } } },
});
