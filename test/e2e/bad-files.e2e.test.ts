// Files that are broken, odd or taken away: said in one code where nothing can be played, played as far as they go where
// something can, and never the end of the server.
import { mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { makeFixture } from "../setup/media-fixtures.js";
import { heard, temporaryFolder, wordsOf } from "./source-fixture.js";
import { eventually, shown, statusOf, viewerFixture, watch } from "./viewer-fixture.js";

const fixture = viewerFixture();
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const copyOf = (name: string): string => {
  writeFileSync(at(name), readFileSync(at("good.mp4")));
  return at(name);
};

beforeAll(async () => {
  await makeFixture({ path: at("good.mp4"), seconds: 2, video: { codec: "libx264" }, audio: { codec: "aac" } });
});

test("an empty file is source/no-media before anybody watches", async () => {
  writeFileSync(at("empty.mp4"), "");
  await expect(fixture.start({ media: { source: at("empty.mp4") } })).rejects.toThrow(/is empty/);
  await expect(fixture.start({ media: { source: at("empty.mp4") } })).rejects.toMatchObject({
    code: "source/no-media",
  });
});

test("an MP4 that was cut off before its index is source/unreadable", async () => {
  const source = copyOf("cut.mp4");
  truncateSync(source, Math.floor(readFileSync(source).length / 2));
  await expect(fixture.start({ media: { source } })).rejects.toMatchObject({ code: "source/unreadable" });
});

test("an MP4 that was cut off behind its index is played as far as it goes, again and again", async () => {
  const source = await makeFixture({
    path: at("cut-behind.mp4"),
    seconds: 4,
    isIndexFirst: true,
    video: { codec: "libx264" },
    audio: { codec: "aac" },
  });
  truncateSync(source, Math.floor(readFileSync(source).length / 2));
  const server = await fixture.start({ media: { source } });
  const page = await fixture.open(server);
  await watch(page);
  // Half of it is 50 frames: 75 are there only if it begins again.
  const { frameNumbers } = await shown(page, 75);
  expect(Math.max(...frameNumbers)).toBeLessThan(75);
  await heard(page);
});

test("a path with spaces, unicode and a percent sign is a path like any", async () => {
  mkdirSync(at("Übung & Spaß 日本"));
  const source = copyOf("Übung & Spaß 日本/ein Film, 100% 🎬 'so' \"und so\".mp4");
  const server = await fixture.start({ media: { source } });
  const page = await fixture.open(server);
  await watch(page);
  await shown(page, 25);
});

for (const [title, spoil] of [
  ["taken away", (path: string) => renameSync(path, `${path}.away`)],
  ["overwritten with something else", (path: string) => writeFileSync(path, "no media at all\n".repeat(500))],
] as const) {
  test(`a file that is ${title} while people watch: they are hung up on with the reason, and the server lives`, async () => {
    const source = copyOf(`dying ${title}.mp4`);
    const server = await fixture.start({ media: { source } });
    const pages = [await fixture.open(server), await fixture.open(server)];
    await Promise.all(pages.map(watch));
    spoil(source);
    for (const page of pages) {
      const words = await eventually(
        () => wordsOf(page),
        (text) => text.includes("source unavailable"),
      );
      expect(words).toMatch(/source unavailable: source\//);
    }
    const { sessions, source: told } = await eventually(
      () => statusOf(server),
      (status) => status.sessions.total === 0,
    );
    expect(sessions.active).toBe(0);
    expect(told.error?.code).toMatch(/^source\//);
    copyOf(`dying ${title}.mp4`);
    await pages[0].reload();
    await watch(pages[0]);
    await shown(pages[0], 10);
    expect((await statusOf(server)).source.error).toBeUndefined();
  });
}
