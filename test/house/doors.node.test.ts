// The checker of the doors: what a door exports is listed in the map and has a comment.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { buildHouse } from "./fixture.js";

const list = (door: string): string => `<!-- exports of ${door} -->\n<!-- end -->\n`;

const house = buildHouse({
  "src/README.md": ["floe", "floe/browser", "floe/player"].map(list).join("\n"),
  "src/browser/player/define.ts": "// For its effect.\nexport {};\n",
  "src/core/index.ts": '// A door.\nexport { b, type A } from "./x.js";\n',
  "src/core/x.ts": "// A room.\nexport type A = 1;\n/** Documented. */\nexport const b: A = 1;\n",
  "dist/core/x.d.ts": "export declare const memory: WebAssembly.Memory;\n",
});
afterAll(() => house[Symbol.dispose]());

describe("doors that are not in order", () => {
  const { status, output } = house.run(".ci/doors.mjs", "--root", house.root);

  test.for([
    ["a list that is not what the door exports", "src/README.md:1 doors/stale-list: the exports of floe changed"],
    ["a door without a list", "src/README.md:1 doors/unlisted: there is no list of the exports of floe/node"],
    ["an export without a comment", "src/core/x.ts:2 doors/undocumented: A"],
    ["a type of core that names WebAssembly", "dist/core/x.d.ts:1 doors/webassembly"],
  ] as const)("%s is a breach", ([, line]) => {
    expect(output).toContain(line);
  });

  test("fail the check", () => {
    expect(status).toBe(1);
  });
});

test("--write brings the lists up to date, and then the check passes", () => {
  house.plant({
    "src/README.md": ["floe", "floe/node", "floe/browser", "floe/player"].map(list).join("\n"),
    "src/core/x.ts": "// A room.\n/** Documented. */\nexport type A = 1;\n/** Documented. */\nexport const b: A = 1;\n",
    "dist/core/x.d.ts": "/** WebAssembly.Memory in a comment is fine. */\nexport {};\n",
  });
  expect(house.run(".ci/doors.mjs", "--root", house.root, "--write").status).toBe(0);
  expect(readFileSync(join(house.root, "src/README.md"), "utf8")).toContain("Values: `b`.\n\nTypes: `A`.\n");
  expect(house.run(".ci/doors.mjs", "--root", house.root)).toMatchObject({ status: 0 });
});
