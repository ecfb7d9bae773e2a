// The test projects. The suffix of a test file decides where it runs:
//   *.test.ts          Node and Chromium (no `node:` imports)      *.browser.test.ts  Chromium only
//   *.node.test.ts     Node only                                   *.e2e.test.ts      real processes and browser
// test/house and test/package need a built dist and are slow for a unit test: they are the project "house".
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumArgs, findChromium } from "./test/setup/chromium.mjs";

const nodeOnly = ["test/**/*.node.test.ts", "test/**/*.e2e.test.ts"];
const browserOnly = ["test/**/*.browser.test.ts"];
const houseFolders = ["test/house/**", "test/package/**"];

/** Examples import the package by its name; their tests run them on the sources. */
const resolve = {
  alias: [{ find: /^floe$/, replacement: fileURLToPath(new URL("./src/core/index.ts", import.meta.url)) }],
};

/** A Chromium project; `headers` decides whether its pages are cross-origin isolated. */
function browserProject(name: string, groupOrder: number, headers: Record<string, string>) {
  const executablePath = findChromium();
  return {
    resolve,
    server: { headers },
    // A dependency found while the tests run would reload the page under them.
    optimizeDeps: { include: ["fast-check"] },
    test: {
      name,
      include: ["test/**/*.test.ts"],
      exclude: [...nodeOnly, ...houseFolders],
      env: { FLOE_TEST_PROJECT: name },
      // One project, one file at a time: there are two cores, and one of them is Chromium's.
      sequence: { groupOrder },
      fileParallelism: false,
      testTimeout: 30_000,
      browser: {
        enabled: true,
        headless: true,
        ui: false,
        screenshotFailures: false,
        provider: playwright({
          launchOptions: { args: [...chromiumArgs], ...(executablePath === undefined ? {} : { executablePath }) },
        }),
        instances: [{ browser: "chromium" as const }],
      },
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: "unit",
          environment: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.e2e.test.ts", ...browserOnly, ...houseFolders],
          sequence: { groupOrder: 0 },
          // More than there are cores: many files wait for timers and sockets.
          maxWorkers: 3,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "house",
          environment: "node",
          include: ["test/house/**/*.test.ts", "test/package/**/*.test.ts"],
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      browserProject("browser-isolated", 2, {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      }),
      browserProject("browser-plain", 3, {}),
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["test/**/*.e2e.test.ts"],
          exclude: houseFolders,
          sequence: { groupOrder: 4 },
          // They wait for browsers and networks more than they compute. More at once would make real time late.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
