// The page that the server serves at "/", used as a person does. Needs the built page: `npm test` builds it before.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { expect, onTestFinished, test } from "vitest";
import type { PartialServerConfig } from "../../src/node/server/config/server-config.js";
import { makeClip } from "../node/av/make-clip.js";
import { eventually, statusOf, viewerFixture } from "./viewer-fixture.js";

const fixture = viewerFixture();

async function openPage(config: PartialServerConfig = {}): Promise<{
  page: Page;
  server: Awaited<ReturnType<typeof fixture.start>>;
  complaints: string[];
}> {
  const server = await fixture.start(config, { page: "product" });
  const complaints: string[] = [];
  const page = await fixture.open(server, (opened) => {
    opened.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        complaints.push(message.text());
      }
    });
    opened.on("pageerror", (error) => complaints.push(error.message));
  });
  return { page, server, complaints };
}

test("the page lists the peer floe, and Watch shows the moving picture with sound", async () => {
  const { page, server, complaints } = await openPage();
  const peer = page.getByTestId("peer");
  await peer.waitFor();
  expect(await peer.innerText()).toContain("floe");
  await page.getByTestId("watch").click();
  await page.locator("[data-testid=state][data-state=playing]").waitFor();
  const facts = await eventually(
    () => readFacts(page),
    ({ resolution, fps, latency }) => resolution.includes("1280") && Number.parseFloat(fps) > 20 && /\d/.test(latency),
  );
  expect(facts.codec).toContain("H.264");
  expect(facts.bitrate).toMatch(/\d/);
  expect(await energyOf(page)).toBeGreaterThan(0);
  expect((await statusOf(server)).sessions.active).toBe(1);
  expect(complaints).toEqual([]);
});

test("Hang up ends the session on both sides, and Watch works again", async () => {
  const { page, server } = await openPage();
  for (let i = 0; i < 2; i++) {
    await page.getByTestId("watch").click();
    await page.locator("[data-testid=state][data-state=playing]").waitFor();
    await page.getByTestId("hangup").click();
    await eventually(
      () => statusOf(server),
      ({ sessions }) => sessions.total === 0,
    );
  }
});

test("a file with sound alone plays, and the page says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "floe-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const source = join(folder, "sound.mp4");
  await makeClip({ path: source, video: false, seconds: 3 });
  const { page } = await openPage({ media: { source } });
  await page.getByTestId("watch").click();
  await page.locator("[data-testid=state][data-state=playing]").waitFor();
  expect(await energyOf(page)).toBeGreaterThan(0);
});

async function readFacts(page: Page): Promise<Record<"resolution" | "codec" | "fps" | "bitrate" | "latency", string>> {
  const read = (name: string): Promise<string> => page.getByTestId(`stat-${name}`).innerText();
  const [resolution, codec, fps, bitrate, latency] = await Promise.all(
    ["resolution", "codec", "fps", "bitrate", "latency"].map(read),
  );
  return { resolution, codec, fps, bitrate, latency };
}

/** Energy of the sound that the player has played; waits for the first. */
async function energyOf(page: Page): Promise<number> {
  return await eventually(
    () =>
      page.evaluate(async () => {
        const player = document.querySelector("floe-player") as unknown as {
          stats(): Promise<{ audio?: { energy: number } }>;
        };
        return (await player.stats()).audio?.energy ?? 0;
      }),
    (energy) => energy > 0,
  );
}
