// examples/one-graph.ts in both of its homes, as they are built: a Node process, and the page that the server serves.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Page } from "playwright";
import { expect, onTestFinished, test } from "vitest";
import { exampleFiles } from "./example-files.js";
import { accessFaults, misplaced } from "./page-faults.js";
import { eventually, viewerFixture } from "./viewer-fixture.js";

const fixture = viewerFixture();

test("Node gives what is expected of every home", async () => {
  const files = exampleFiles(["one-graph", "one-graph-in-node"], ["recordings"]);
  onTestFinished(() => files.remove());
  const { stdout } = await promisify(execFile)(process.execPath, [files.pathOf("one-graph-in-node")]);
  expect(stdout.match(/^[\w-]+: .*: as expected$/gm)).toHaveLength(5);
  expect(stdout).not.toContain("NOT");
});

async function openGraph(): Promise<{ page: Page; complaints: string[] }> {
  const server = await fixture.start({}, { page: "product" });
  const complaints: string[] = [];
  const page = await fixture.open(server, (opened) => {
    opened.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        complaints.push(message.text());
      }
    });
    opened.on("pageerror", (error) => complaints.push(error.message));
  });
  // The way a person comes there.
  await page.getByTestId("to-graph").click();
  await page.waitForURL(/graph\.html$/);
  return { page, complaints };
}

test("the page gives the same as Node for all five recordings, and shows events beside digests", async () => {
  const { page, complaints } = await openGraph();
  const verdict = page.getByTestId("verdict");
  await eventually(
    () => verdict.innerText(),
    (text) => text.startsWith("5 of 5"),
  );
  expect(await verdict.innerText()).toBe("5 of 5 recordings run, 5 the same as in Node.");
  const lossy = page.getByTestId("recording-lossy");
  expect(await lossy.innerText()).toContain("Same as in Node");
  await lossy.locator("summary").click();
  expect(await lossy.locator("li").count()).toBeGreaterThan(10);
  expect(await lossy.innerText()).toMatch(/dropped: incomplete/);
  expect(complaints).toEqual([]);
});

/** A number of the live part by its name. */
async function numberOf(page: Page, name: string): Promise<number> {
  const row = page.getByTestId("live-numbers").locator("div", { hasText: name });
  return Number.parseFloat(await row.locator("dd").innerText());
}

/** Waits until the canvas has shown so many different pictures. */
async function moves(page: Page, pictures: number): Promise<void> {
  const seen = new Set<string>();
  await eventually(
    async () => {
      seen.add(
        await page.getByTestId("picture").evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL("image/png")),
      );
      return seen.size;
    },
    (size) => size >= pictures,
  );
}

test("live: the picture moves, loss costs pictures and not the stream, and every stage tells its time", async () => {
  const { page, complaints } = await openGraph();
  await page.getByTestId("loss").fill("0");
  await page.getByTestId("start").click();
  await page.locator("[data-testid=live-state][data-state=running]").waitFor();
  await moves(page, 10);
  await eventually(
    () => numberOf(page, "Shown"),
    (fps) => fps > 5,
  );
  expect(await numberOf(page, "Packets lost")).toBe(0);
  const stages = await page.getByTestId("stages").innerText();
  for (const stage of [
    "video-track",
    "video-encoder",
    "h264-to-rtp",
    "seeded-link",
    "rtp-to-h264",
    "video-decoder",
    "canvas",
  ]) {
    expect(stages).toMatch(new RegExp(`^${stage}\\t[1-9]`, "m"));
  }
  for (const stage of ["video-encoder", "seeded-link", "video-decoder"]) {
    expect(stages).toMatch(new RegExp(`^${stage}\\t[\\d,]+\\t[\\d.]+ ms\\t[\\d.]+ ms$`, "m"));
  }

  await page.getByTestId("loss").fill("10");
  await eventually(
    () => numberOf(page, "Pictures dropped"),
    (dropped) => dropped > 3,
  );
  await page.getByTestId("loss").fill("0");
  const keyFrames = await numberOf(page, "Key frames");
  expect(keyFrames).toBeGreaterThan(0);
  await moves(page, 10);

  await page.getByTestId("start").click();
  await page.locator("[data-testid=live-state][data-state=idle]").waitFor();
  await page.getByTestId("start").click();
  await moves(page, 5);
  expect(complaints).toEqual([]);
});

test("without a camera the page says what to do", async () => {
  const { page } = await openGraph();
  await page.getByTestId("source").selectOption("camera");
  await page.getByTestId("start").click();
  const state = page.locator("[data-testid=live-state][data-state=failed]");
  await state.waitFor();
  expect(await state.innerText()).toMatch(/camera.*Take the test picture meanwhile\.$/);
});

test("axe finds nothing serious, by day and by night, and nothing overlaps from 360 to 1920 pixels", async () => {
  const { page } = await openGraph();
  await page.locator("[data-equal]").nth(4).waitFor();
  await page.locator("[data-equal] summary").first().click();
  await page.getByTestId("start").click();
  await page.getByTestId("stages").waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 768, 1024, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await misplaced(page, "h1, .link, .intro, .verdict, .card, h2"), `${width} px`).toEqual([]);
    }
    expect(await accessFaults(page), colorScheme).toEqual([]);
  }
});
