// The product's page in use: its keys, its token, its words about the source, and what becomes of it when the server goes.
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { camera, PresenceInTheMiddle, play } from "./page-fixture.js";
import { eventually, statusOf, viewerFixture } from "./viewer-fixture.js";

const fixture = viewerFixture();
const isPlaying = (page: Page): Promise<void> =>
  page.locator("[data-testid=state][data-state=playing]").waitFor({ timeout: 20_000 });

async function openPage(): Promise<{ page: Page; middle: PresenceInTheMiddle }> {
  const server = await fixture.start({}, { page: "product" });
  const page = await fixture.open(server);
  return { page, middle: await PresenceInTheMiddle.enter(page) };
}

test("M mutes, S saves a PNG, F fills the screen, Esc hangs up", async () => {
  const { page } = await openPage();
  await play(page);
  const isMuted = (): Promise<boolean> =>
    page.evaluate(() => document.querySelector("floe-player")?.hasAttribute("muted") ?? false);
  await page.keyboard.press("m");
  await eventually(isMuted, (isSo) => isSo);
  await page.getByTestId("notice").getByText("Sound off.", { exact: true }).waitFor();
  await page.keyboard.press("M");
  await eventually(isMuted, (isSo) => !isSo);
  const download = page.waitForEvent("download");
  await page.keyboard.press("s");
  expect((await download).suggestedFilename()).toMatch(/^floe-\d{4}(-\d\d){5}\.png$/);
  await page
    .getByTestId("notice")
    .getByText(/^Saved floe-.*\.png\.$/)
    .waitFor();
  await page.keyboard.press("f");
  await page.waitForFunction(() => document.fullscreenElement?.localName === "floe-player");
  await page.keyboard.press("f");
  await page.waitForFunction(() => document.fullscreenElement === null);
  await page.keyboard.press("Escape");
  await page.locator("[data-testid=state][data-state=idle]").waitFor();
});

test("volume goes down by the slider, and the bitrate leaves its line and its words", async () => {
  const { page } = await openPage();
  await play(page);
  await page.locator("floe-player [data-action=volume]").fill("0.3");
  expect(
    await page.evaluate(() => (document.querySelector("floe-player") as unknown as { volume: number }).volume),
  ).toBe(0.3);
  const words = await eventually(
    () => page.getByTestId("bitrate-range").innerText(),
    (text) => text.startsWith("last 30 s: "),
  );
  expect(words).toMatch(/^last 30 s: [\d.]+( kb\/s)? to [\d.]+ (Mb|kb)\/s$/);
  const ink = await page.getByTestId("bitrate-strip").evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const pixels = (canvas as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data;
    return pixels?.reduce((sum, value, i) => sum + (i % 4 === 3 ? value : 0), 0) ?? 0;
  });
  expect(ink).toBeGreaterThan(0);
});

test("a token in the address is taken out of it and kept for the tab; a wrong one is said, and a field takes another", async () => {
  const server = await fixture.start({ auth: { token: "right" } }, { page: "product" });
  const page = await fixture.open(server);
  await page.getByTestId("token").waitFor();
  await page.getByTestId("trouble").getByText("This server asks for a token.").waitFor();
  await page.goto(`${server.url}?token=wrong&x=1`);
  await page.getByTestId("token").waitFor();
  expect(page.url()).toBe(`${server.url}?x=1`);
  await page.getByTestId("trouble").getByText("This token is wrong.").waitFor();
  await page
    .getByTestId("nothing")
    .getByText("Nothing to watch because the server refused the token.", { exact: true })
    .waitFor();
  await page.getByTestId("token").fill("right");
  await page.keyboard.press("Enter");
  await play(page);
  await eventually(
    () => page.getByTestId("trouble").count(),
    (count) => count === 0,
  );
  await page.reload();
  await play(page);
});

test("the source's health and the words about pass-through follow the server's presence", async () => {
  const { page, middle } = await openPage();
  await page.getByTestId("watch").waitFor();
  middle.tell({ source: camera("error", "source/auth: the camera wants a password") });
  await page.locator("[data-testid=source-state][data-state=error]").waitFor();
  expect(await page.getByTestId("state").innerText()).toBe(
    "Nothing to watch because the source is unavailable. source/auth: the camera wants a password",
  );
  middle.tell({ source: camera("open") });
  await play(page);
  expect(await page.getByTestId("source-passthrough").innerText()).toBe("no, because the stream has B-frames");
  middle.tell({ source: camera("reconnecting", "source/timeout: the camera does not answer") });
  await page.locator("[data-testid=source-state][data-state=reconnecting]").waitFor();
  expect(await page.getByTestId("state").innerText()).toContain("Camera reconnecting…");
  expect(await page.locator("floe-player .title").innerText()).toBe("Camera reconnecting…");
  middle.tell({ source: camera("open") });
  await page.getByTestId("state").getByText("Playing").waitFor();
  middle.tell({ capabilities: [] });
  await page.getByTestId("hangup").first().click();
  await page.getByTestId("nothing").getByText("Nothing to watch because no peer offers a picture.").waitFor();
});

test("the picture is back by itself after its server is, however long that was away", async () => {
  const server = await fixture.start({}, { page: "product" });
  const page = await fixture.open(server);
  await play(page);
  const { port } = new URL(server.url);
  let attempts = 0;
  page.on("websocket", () => attempts++);
  await server.close();
  await page.locator("[data-testid=state][data-state=connecting]").waitFor();
  await page.getByTestId("trouble").waitFor();
  // Long enough away that waits between attempts have grown.
  await eventually(
    async () => attempts,
    (count) => count >= 4,
  );
  const again = await fixture.start({ http: { port: Number(port) } }, { page: "product" });
  await isPlaying(page);
  expect((await statusOf(again)).sessions.active).toBe(1);
});

test("a player in a page of another origin plays when the server allows that origin, and says what is missing when not", async () => {
  const home = await fixture.start({}, { page: "product" });
  const { origin } = new URL(home.url);
  const open = await fixture.start({ auth: { allowedOrigins: [origin] } });
  const closed = await fixture.start();
  const page = await fixture.open(home);
  const embed = (url: string): Promise<void> =>
    page.evaluate((address) => {
      const player = Object.assign(document.createElement("floe-player"), { id: "embedded" });
      document.getElementById("embedded")?.remove();
      player.setAttribute("url", address);
      player.toggleAttribute("muted", true);
      player.toggleAttribute("autoplay", true);
      document.body.append(player);
    }, url);
  await embed(open.url);
  await page.locator("#embedded [data-state=playing]").waitFor();
  await embed(closed.url);
  await page.locator("#embedded .detail").getByText(`auth.allowedOrigins names ${origin}.`).waitFor();
});
