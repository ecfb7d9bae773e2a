// The laws that biome keeps, with the repository's biome.json: a rule that was renamed or moved fails here.
import { afterAll, expect, test } from "vitest";
import { buildHouse } from "./fixture.js";

/** [what is wrong, file, its text, the rule that must fire in it] */
const BREACHES: readonly (readonly [string, string, string, string])[] = [
  [
    "a circle",
    "src/node/a1.ts",
    'import { b } from "./a2.js";\nexport const a: () => number = () => b();',
    "noImportCycles",
  ],
  [
    "its other half",
    "src/node/a2.ts",
    'import { a } from "./a1.js";\nexport const b: () => number = () => a();',
    "noImportCycles",
  ],
  [
    "a circle of types",
    "src/core/b1.ts",
    'import type { B } from "./b2.js";\nexport type A = B | 1;',
    "noImportCycles",
  ],
  ["its other half", "src/core/b2.ts", 'import type { A } from "./b1.js";\nexport type B = A[];', "noImportCycles"],
  [
    "a floating promise",
    "src/node/c1.ts",
    "export const f = async (): Promise<void> => {};\nexport function g(): void {\n  f();\n}",
    "noFloatingPromises",
  ],
  ["any", "src/node/c2.ts", "export const x: any = 1;", "noExplicitAny"],
  ["fs without node:", "src/node/c3.ts", 'export { readFileSync } from "fs";', "useNodejsImportProtocol"],
  ["a default export", "src/node/c4.ts", "const x = 1;\nexport default x;", "noDefaultExport"],
  ["an enum", "src/node/c5.ts", "export enum E {\n  a = 1,\n}", "noEnum"],
  ["a namespace", "src/node/c6.ts", "export namespace N {\n  export const x = 1;\n}", "noNamespace"],
  [
    "a parameter property",
    "src/node/c7.ts",
    "export class C {\n  constructor(readonly x: number) {}\n}",
    "noParameterProperties",
  ],
  [
    "an if without braces",
    "src/node/c8.ts",
    "export const f = (x: boolean): number => {\n  if (x) return 1;\n  return 2;\n};",
    "useBlockStatements",
  ],
  ["console", "src/node/c9.ts", 'console.log("x");\nexport {};', "noConsole"],
  ["an unused import", "src/node/d1.ts", 'import { join } from "node:path";\nexport {};', "noUnusedImports"],
  ["Date in core", "src/core/d2.ts", "export const now = (): number => Date.now();", "noRestrictedGlobals"],
  [
    "a timer in core",
    "src/core/d3.ts",
    "export const f = (): unknown => setTimeout(() => {}, 1);",
    "noRestrictedGlobals",
  ],
  ["a Node module in core", "src/core/d4.ts", 'export { join } from "node:path";', "noNodejsModules"],
  ["a Node module in the browser", "src/browser/d5.ts", 'export { join } from "node:path";', "noNodejsModules"],
  [
    "a skipped test",
    "test/core/e1.test.ts",
    'import { test } from "vitest";\ntest.skip("x", () => {});',
    "noSkippedTests",
  ],
  [
    "a focused test",
    "test/core/e2.test.ts",
    'import { test } from "vitest";\ntest.only("x", () => {});',
    "noFocusedTests",
  ],
  ["another format", "src/node/e3.ts", "export const x = 'single'", "format"],
];

const house = buildHouse(Object.fromEntries(BREACHES.map(([, file, text]) => [file, `// Planted.\n${text}\n`])));
afterAll(() => house[Symbol.dispose]());

const biome = "node_modules/@biomejs/biome/bin/biome";
const { status, output } = house.run(
  biome,
  "check",
  "--error-on-warnings",
  "--max-diagnostics=none",
  "--reporter=github",
  ".",
);

test.for(BREACHES)("%s is refused in %s", ([, file, , rule]) => {
  const lines = output.split("\n").filter((line) => line.includes(`file=${file}`));
  expect(lines.join("\n"), output).toContain(rule);
});

test("a breach fails the check", () => {
  expect(status).toBe(1);
});

test("an empty house passes", () => {
  using clean = buildHouse();
  expect(clean.run(biome, "check", "--error-on-warnings", ".")).toMatchObject({ status: 0 });
});
