import { expect, test } from "vitest";

test("the player door imports where there is no window and no HTMLElement, and defines nothing", async () => {
  expect(typeof HTMLElement).toBe("undefined");
  const door = await import("../../../src/browser/player/define.js");
  expect(door.FLOE_PLAYER_NAME).toBe("floe-player");
  expect(door.FloePlayer.observedAttributes).toContain("peer");
  expect(typeof customElements).toBe("undefined");
});

test("states are put into words on a server too", async () => {
  const { describePlayerState } = await import("../../../src/browser/player/define.js");
  expect(describePlayerState({ kind: "idle" }).title).toBe("Nothing playing");
});
