// README.md promises nothing that is not there: scripts, files, flags, settings. (That its code compiles is test/package's.)
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { listFiles } from "../../.ci/lib/build.cjs";
import { repository } from "./fixture.js";

const read = (file: string): string => readFileSync(join(repository, file), "utf8");
const matches = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? "")),
];

const papers = ["README.md", "src/README.md", "SECURITY.md", "CHANGELOG.md"];
const readme = read("README.md");

describe("README.md", () => {
  const { scripts, engines } = JSON.parse(read("package.json")) as {
    scripts: Record<string, string>;
    engines: { node: string };
  };

  test.for(
    matches(readme, /npm (?:run )?(start|test|[a-z]+(?::[a-z]+)?)(?=[`\s])/g).filter((name) => name !== "install"),
  )("npm script %s exists", (name) => {
    expect(Object.keys(scripts)).toContain(name);
  });

  test("names the Node that the package asks for", () => {
    expect(readme).toContain(`Node](https://nodejs.org) ${engines.node.replace(">=", "")}`);
  });

  test.for(matches(readme, /`(FLOE_[A-Z_]+)`/g))("the setting %s exists", (name) => {
    expect(read("src/node/server/config/README.md")).toContain(`\`${name}\``);
  });

  test("every flag of its table is in the command's help", () => {
    const command = join(repository, "dist/node/cli/floe.cjs");
    const { stdout } = spawnSync(process.execPath, [command, "--help"], { encoding: "utf8" });
    const table = readme.slice(readme.indexOf("| flag |"), readme.indexOf("Every setting"));
    const flags = matches(table, /(--[a-z][a-z-]*)/g);
    expect(flags.length).toBeGreaterThan(3);
    for (const flag of flags) {
      expect(stdout).toContain(flag);
    }
  });
});

test.for(papers)("every file that %s links to exists", (paper) => {
  const folder = join(repository, paper, "..");
  for (const link of matches(read(paper), /\]\((?!https?:)([^)#]+)/g)) {
    expect(existsSync(join(folder, link)), link).toBe(true);
  }
});

test("the map names every room", () => {
  const map = read("src/README.md");
  const rooms = listFiles(repository, "src").join("\n");
  for (const room of matches(rooms, /^src\/(?:core|node|browser)\/([a-z]+)\//gm)) {
    expect(map, `src/README.md does not name the room ${room}`).toContain(`\`${room}\``);
  }
});

test("assembly/README.md names every kernel, with its size as it is", () => {
  const rows = [...read("assembly/README.md").matchAll(/^\| `([a-z0-9-]+)` \| (\d+) \|/gm)];
  const built = listFiles(repository, "wasm").map((file: string) => [
    basename(file, ".wasm"),
    statSync(join(repository, file)).size,
  ]);
  expect(rows.map(([, name, bytes]) => [name, Number(bytes)])).toEqual(built.sort());
});
