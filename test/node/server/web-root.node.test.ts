import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitCodeOf } from "../../../src/node/cli/exit-code.js";
import { requirePage } from "../../../src/node/server/web-root.js";
import { temporaryFolder } from "./server-fixture.js";

async function faultOf(webRoot: string | undefined, builtIn?: string): Promise<string> {
  const error = await requirePage(webRoot, builtIn).catch((cause: unknown) => cause);
  expect(exitCodeOf(error, "starting")).toBe(4);
  return String(error);
}

test("a folder with an index.html is a page, somebody's or our own", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "index.html"), "");
  await requirePage(folder);
  await requirePage(undefined, folder);
});

test("a folder that is missing, empty, or no folder is told, with exit code 4", async () => {
  const folder = temporaryFolder();
  const fix = "Name the folder of a built page with --web-root, or leave it out for the page that comes with Floe.";
  expect(await faultOf(folder)).toBe(`web-root/no-page: ${folder} has no index.html. ${fix}`);
  expect(await faultOf(join(folder, "x"))).toBe(`web-root/no-page: there is no folder ${join(folder, "x")}. ${fix}`);
  writeFileSync(join(folder, "file"), "");
  expect(await faultOf(join(folder, "file"))).toContain("web-root/no-page: there is no folder ");
  mkdirSync(join(folder, "index.html"));
  expect(await faultOf(folder)).toContain("has no index.html");
});

test("our own page that is missing only has to be built", async () => {
  expect(await faultOf(undefined, temporaryFolder())).toBe(
    "page/not-built: the page that comes with Floe is missing. Run npm run build.",
  );
});
