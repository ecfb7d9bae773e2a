// The walls that the compiler keeps: each skin is compiled with its real tsconfig and may know only its own runtime.
import { afterAll, describe, expect, test } from "vitest";
import { buildHouse } from "./fixture.js";

/** [what is wrong, file, its text, the error that tsc must print for it] */
type Breach = readonly [string, string, string, string];

const CORE: readonly Breach[] = [
  ["process", "a1", "export const x: unknown = process.env;", "TS2591"],
  ["window", "a2", "export const x: unknown = window;", "TS2304"],
  ["document", "a3", "export const x: unknown = document;", "TS2584"],
  ["Buffer", "a4", "export const x: unknown = Buffer.alloc(1);", "TS2591"],
  ["setTimeout", "a5", "export const x: unknown = setTimeout;", "TS2304"],
  ["performance", "a6", "export const x: unknown = performance;", "TS2304"],
  ["console", "a7", 'console.log("x");\nexport {};', "TS2584"],
  ["node:fs", "a8", 'import { readFileSync } from "node:fs";\nexport const x: unknown = readFileSync;', "TS2591"],
  ["the node skin", "a9", 'import { x } from "../node/b1.js";\nexport const y: unknown = x;', "TS6059"],
  ["a value that is not erasable", "b1", "export enum E {\n  a,\n}", "TS1294"],
  ["an export without a type", "b2", "export const x = [1].map(String);", "TS9010"],
  ["an import without .js", "b3", 'import type { y } from "./a9";\nexport type X = typeof y;', "TS2835"],
];

const NODE: readonly Breach[] = [
  ["window", "b1", "export const x: unknown = window;", "TS2304"],
  ["document", "b2", "export const x: unknown = document;", "TS2584"],
  ["the browser skin", "b3", 'import { x } from "../browser/c1.js";\nexport const y: unknown = x;', "TS6059"],
];

const BROWSER: readonly Breach[] = [
  ["process", "c1", "export const x: unknown = process.env;", "TS2591"],
  ["Buffer", "c2", "export const x: unknown = Buffer.alloc(1);", "TS2591"],
  ["node:fs", "c3", 'import { readFileSync } from "node:fs";\nexport const x: unknown = readFileSync;', "TS2591"],
  ["the node skin", "c4", 'import { x } from "../node/b1.js";\nexport const y: unknown = x;', "TS6059"],
];

const house = buildHouse();
afterAll(() => house[Symbol.dispose]());

for (const [skin, breaches] of [
  ["core", CORE],
  ["node", NODE],
  ["browser", BROWSER],
] as const) {
  house.plant(
    Object.fromEntries(breaches.map(([, file, text]) => [`src/${skin}/${file}.ts`, `// Planted.\n${text}\n`])),
  );
}

for (const [skin, breaches] of [
  ["core", CORE],
  ["node", NODE],
  ["browser", BROWSER],
] as const) {
  describe(`the compiler in src/${skin}`, () => {
    // The build info would otherwise land in the repository's own cache, through the link to node_modules.
    const buildInfo = `${house.root}/${skin}.tsbuildinfo`;
    const { status, output } = house.run(
      "node_modules/typescript/bin/tsc",
      ...["-p", `src/${skin}`, "--tsBuildInfoFile", buildInfo],
    );

    test.for(breaches)("refuses %s", ([, file, , error]) => {
      const lines = output.split("\n").filter((line) => line.startsWith(`src/${skin}/${file}.ts`));
      expect(lines.join("\n"), output).toContain(error);
    });

    test("fails", () => {
      expect(status).toBeGreaterThan(0);
    });

    test("accepts the empty door", () => {
      expect(output).not.toContain("index.ts");
    });
  });
}
