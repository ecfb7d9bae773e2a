// Every law that `.ci/walls.mjs` keeps, broken once on purpose.
import { afterAll, describe, expect, test } from "vitest";
import { buildHouse, type House } from "./fixture.js";

/** [what is wrong, file, its text, the line that the checker must print] */
const BREACHES: readonly (readonly [string, string, string, string])[] = [
  ["core importing a Node module", "src/core/a1.ts", 'import "node:fs";', "src/core/a1.ts:2 core/package"],
  ["core importing a package", "src/core/a2.ts", 'import * as v from "valibot";', "src/core/a2.ts:2 core/package"],
  ["core importing node", "src/core/a3.ts", 'import type { X } from "../node/x.js";', "src/core/a3.ts:2 core/outside"],
  [
    "core importing a type by import()",
    "src/core/a4.ts",
    'export let x: import("../browser/x.js").X;',
    "src/core/a4.ts:2 core/outside",
  ],
  [
    "a computed import() in core",
    "src/core/a5.ts",
    "export const load = (n: string) => import(n);",
    "src/core/a5.ts:2 core/computed-import",
  ],
  [
    "a triple-slash reference in core",
    "src/core/a6.ts",
    '/// <reference types="node" />',
    "src/core/a6.ts:2 core/reference",
  ],
  [
    "globalThis in core",
    "src/core/a7.ts",
    "export const x: unknown = globalThis;",
    "src/core/a7.ts:2 core/global: globalThis",
  ],
  ["Date in core", "src/core/a8.ts", "export const now = () => Date.now();", "src/core/a8.ts:2 core/global: Date"],
  [
    "a declared performance in core",
    "src/core/a9.ts",
    "declare const performance: { now(): number };",
    "src/core/a9.ts:2 core/ambient",
  ],
  [
    "a timer in core",
    "src/core/b1.ts",
    "export const f = () => setTimeout(() => {}, 1);",
    "src/core/b1.ts:2 core/global: setTimeout",
  ],
  ["Math.random in core", "src/core/b2.ts", "export const r = () => Math.random();", "src/core/b2.ts:2 core/random"],
  [
    "Math.random by another way in core",
    "src/core/b3.ts",
    "export const { random } = Math;",
    "src/core/b3.ts:2 core/random",
  ],
  ["eval in core", "src/core/b4.ts", 'export const e = () => eval("1");', "src/core/b4.ts:2 core/global: eval"],
  [
    "code from text in core, outside of its one file",
    "src/core/stream/b6.ts",
    'export const f = new Function("return 1");',
    "src/core/stream/b6.ts:2 core/global: Function",
  ],
  ["another .d.ts in core", "src/core/b5.d.ts", "interface Window {}", "src/core/b5.d.ts:1 core/ambient"],
  ["node importing browser", "src/node/c1.ts", 'import "../browser/index.js";', "src/node/c1.ts:2 node/outside"],
  ["node importing an undeclared package", "src/node/c2.ts", 'import "express";', "src/node/c2.ts:2 node/package"],
  [
    "browser importing node",
    "src/browser/c3.ts",
    'export * from "../node/c2.js";',
    "src/browser/c3.ts:2 browser/outside",
  ],
  ["browser importing a package", "src/browser/c4.ts", 'import "preact";', "src/browser/c4.ts:2 browser/package"],
  [
    "src importing a test",
    "src/node/c5.ts",
    'import "../../test/sim/manual-clock.js";',
    "src/node/c5.ts:2 node/outside",
  ],
  [
    "a wire room importing the graph",
    "src/core/rtp/d1.ts",
    'import type { P } from "../stream/packet.js";',
    "src/core/rtp/d1.ts:2 rooms/forbidden",
  ],
  [
    "a wire room importing webrtc",
    "src/core/sdp/d2.ts",
    'import "../webrtc/x.js";',
    "src/core/sdp/d2.ts:2 rooms/forbidden",
  ],
  [
    "webrtc importing symple",
    "src/core/webrtc/d3.ts",
    'import "../symple/x.js";',
    "src/core/webrtc/d3.ts:2 rooms/forbidden",
  ],
  [
    "webrtc of the browser importing symple",
    "src/browser/webrtc/d4.ts",
    'import "../symple/x.js";',
    "src/browser/webrtc/d4.ts:2 rooms/forbidden",
  ],
  [
    "a detector importing a transport",
    "src/core/vision/d5.ts",
    'import "../webrtc/x.js";',
    "src/core/vision/d5.ts:2 rooms/forbidden",
  ],
  [
    "the ground floor looking up",
    "src/core/time/d6.ts",
    'import "../rtp/x.js";',
    "src/core/time/d6.ts:2 rooms/ground-floor",
  ],
  [
    "a stage importing a session",
    "src/core/stages/d8.ts",
    'import "../webrtc/x.js";',
    "src/core/stages/d8.ts:2 rooms/forbidden",
  ],
  ["a room importing the server", "src/node/av/d7.ts", 'import "../server/x.js";', "src/node/av/d7.ts:2 rooms/upward"],
  [
    "a side effect that the package does not name",
    "src/browser/d8.ts",
    'import "./index2.js";',
    "src/browser/d8.ts:2 doors/side-effect",
  ],
  ["a fourth index.ts", "src/core/rtp/index.ts", "export {};", "src/core/rtp/index.ts:1 doors/extra"],
  ["a door used from inside", "src/core/e1.ts", 'export { X } from "./index.js";', "src/core/e1.ts:2 doors/inward"],
  [
    "an example importing the inside",
    "examples/f1.ts",
    'import { X } from "../src/core/rtp/x.js";',
    "examples/f1.ts:2 public/private-import",
  ],
  [
    "a package test importing the inside",
    "test/package/f2.ts",
    'import "../../dist/core/index.js";',
    "test/package/f2.ts:2 public/private-import",
  ],
  ["a file of 401 lines", "src/core/g1.ts", "export {};\n".repeat(400), "src/core/g1.ts:1 file/long"],
];

const houses: House[] = [];
afterAll(() => {
  for (const house of houses) {
    house[Symbol.dispose]();
  }
});

function check(files: Record<string, string>): { status: number | null; output: string } {
  const house = buildHouse(files);
  houses.push(house);
  return house.run(".ci/walls.mjs", "--root", house.root);
}

describe("the walls", () => {
  const planted = check(Object.fromEntries(BREACHES.map(([, file, text]) => [file, `// Planted.\n${text}\n`])));

  test.for(BREACHES)("%s is a breach", ([, , , line]) => {
    expect(planted.output).toContain(line);
  });

  test("a breach fails the check", () => {
    expect(planted.status).toBe(1);
  });

  test("a house in order passes", () => {
    const clean = check({
      "src/core/time/x.ts":
        "// A room.\ndeclare const brand: unique symbol;\nexport type Y = number & { [brand]: 1 };\n",
      "src/core/time/z.ts": "// A class.\nexport class Z { declare readonly field: number; }\n",
      "src/core/stream/code.ts": '// The one file.\nexport const f = new Function("return 1");\n',
      "src/core/rtp/x.ts": '// Another.\nimport type { Y } from "../time/x.js";\nexport const y = Math.abs(1) as Y;\n',
      "src/node/x.ts":
        '// A skin.\nimport { y } from "../core/rtp/x.js";\nimport "node:fs";\nimport "ws";\nexport { y };\n',
      "examples/x.ts": '// An example.\nimport "floe/node";\n',
    });
    expect(clean.output).toContain("0 breaches");
    expect(clean.status).toBe(0);
  });

  test("a file that does not say what it is, is a breach", () => {
    expect(check({ "src/core/x.ts": "export {};\n" }).output).toContain("src/core/x.ts:1 file/header");
  });

  test("a missing door is a breach, and so is an empty house", () => {
    const house = buildHouse();
    houses.push(house);
    const { status, output } = house.run(".ci/walls.mjs", "--root", `${house.root}/nowhere`);
    expect(output).toContain("src/core/index.ts:1 doors/missing");
    expect(status).toBe(1);
  });
});

describe("native packages", () => {
  test("a door that loads one at once is a breach, with the way there", () => {
    const { output } = check({
      "src/node/index.ts": '// A door.\nexport { open } from "./av/open.js";\n',
      "src/node/av/open.ts": '// A room.\nimport { f } from "./frame.js";\nexport const open = f;\n',
      "src/node/av/frame.ts": '// A room.\nimport { F } from "node-av/lib";\nexport const f = F;\n',
    });
    expect(output).toContain("src/node/av/frame.ts:2 doors/native");
    expect(output).toContain("node/index.ts → node/av/open.ts → node/av/frame.ts");
  });

  test("a lazy or type-only import of one is fine", () => {
    const { output, status } = check({
      "src/node/index.ts": '// A door.\nexport { open } from "./av/open.js";\n',
      "src/node/av/open.ts":
        '// A room.\nimport type { F } from "node-av/lib";\nexport const open = (): Promise<F> => import("node-av/lib");\n',
    });
    expect(output).toContain("0 breaches");
    expect(status).toBe(0);
  });
});
