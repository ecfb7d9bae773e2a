// The product's page for everybody: axe finds nothing serious, the keyboard reaches everything, nothing overlaps or is cut
// off from a phone to a desk, by day and by night.
import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import type { FloeServer } from "../../src/node/server/floe-server.js";
import { accessFaults, misplaced } from "./page-faults.js";
import { camera, PresenceInTheMiddle, play } from "./page-fixture.js";
import { viewerFixture } from "./viewer-fixture.js";

const fixture = viewerFixture();
const WIDTHS = [360, 768, 1024, 1920] as const;
/** What must not overlap. */
const PARTS = "h1, .link, .trouble, floe-player, .state, .keys, .card, footer";

type Scene = { readonly name: string; readonly token?: string; readonly reach: (page: Page) => Promise<void> };

const scenes: readonly Scene[] = [
  { name: "ready to watch", reach: (page) => page.getByTestId("watch").waitFor() },
  { name: "playing", reach: play },
  {
    name: "asking for a token",
    token: "secret",
    reach: (page) => page.getByTestId("token").waitFor(),
  },
  {
    name: "with the connection tested",
    reach: async (page) => {
      await page.getByTestId("check-start").click();
      await page.locator("[data-testid=check][data-state=done]").waitFor();
    },
  },
];

async function openScene({ token = "" }: Scene): Promise<{ page: Page; middle: PresenceInTheMiddle }> {
  const server: FloeServer = await fixture.start({ auth: { token } }, { page: "product" });
  const page = await fixture.open(server);
  const middle = await PresenceInTheMiddle.enter(page);
  middle.tell({ source: camera("open") });
  return { page, middle };
}

describe.each(scenes)("$name", (scene) => {
  test("axe finds nothing serious, by day and by night, and nothing overlaps from 360 to 1920 pixels", async () => {
    const { page } = await openScene(scene);
    await scene.reach(page);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        expect(await misplaced(page, PARTS), `${width} px`).toEqual([]);
      }
      expect(await accessFaults(page), colorScheme).toEqual([]);
    }
  });
});

test("a reconnecting camera is no worse to read", async () => {
  const { page, middle } = await openScene(scenes[1]);
  await play(page);
  middle.tell({ source: camera("reconnecting", "source/timeout: the camera does not answer") });
  await page.locator("[data-testid=source-state][data-state=reconnecting]").waitFor();
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await misplaced(page, PARTS)).toEqual([]);
  expect(await accessFaults(page)).toEqual([]);
});

test("the keyboard reaches everything, and what it reaches is marked", async () => {
  const { page } = await openScene(scenes[1]);
  await play(page);
  const reached: string[] = [];
  await page.locator("h1").click();
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const outer = document.activeElement;
      const inner = outer?.shadowRoot?.activeElement ?? outer;
      const { outlineStyle, outlineWidth, opacity } = getComputedStyle(inner ?? document.body);
      const { action, testid } = (inner as HTMLElement).dataset;
      return { name: action ?? testid ?? "", isMarked: outlineStyle !== "none" && outlineWidth !== "0px", opacity };
    });
    if (focus.name === "") {
      break;
    }
    expect(focus).toMatchObject({ isMarked: true });
    reached.push(focus.name);
  }
  expect(reached).toEqual([
    "hangup",
    "sound-off",
    "volume",
    "snapshot",
    "fullscreen",
    "hangup",
    "check-start",
    "to-graph",
    "to-bench",
  ]);
});

test("whoever wants little motion gets little", async () => {
  const { page } = await openScene(scenes[0]);
  await page.emulateMedia({ reducedMotion: "reduce" });
  const running = await page.evaluate(
    () => document.getAnimations().filter(({ playState }) => playState === "running").length,
  );
  expect(running).toBe(0);
});
