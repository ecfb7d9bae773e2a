import { expect, test } from "vitest";
import { describePlayerState, type PlayerState, peerName } from "../../../src/browser/player/player-state.js";
import { FloeError } from "../../../src/core/error/floe-error.js";

const peer = "floe|floe-server";
const states: PlayerState[] = [
  { kind: "idle" },
  { kind: "connecting", problem: "" },
  { kind: "connecting", problem: "the server cannot be reached" },
  { kind: "waiting", wanted: "" },
  { kind: "waiting", wanted: peer },
  { kind: "starting", peer, step: "answer" },
  { kind: "starting", peer, step: "path" },
  { kind: "starting", peer, step: "picture" },
  { kind: "playing", peer, isInterrupted: false },
  { kind: "playing", peer, isInterrupted: true },
  { kind: "ended", peer, reason: "the other side hung up" },
  { kind: "failed", error: new FloeError("call/busy", "The other side is busy", { fix: "Watch again later." }) },
];

test("every state has a title, and its detail is a sentence or nothing", () => {
  for (const state of states) {
    const { title, detail } = describePlayerState(state);
    expect(title).toMatch(/^[A-Z]/);
    expect(detail).toMatch(/^$|^[A-Z].*[.!?…]$/);
  }
});

test("a failure reads as what happened and what to do", () => {
  expect(describePlayerState(states[11])).toEqual({ title: "The other side is busy.", detail: "Watch again later." });
});

test("a waiting player names whom it waits for", () => {
  expect(describePlayerState(states[4]).title).toBe("Waiting for floe…");
});

test.each([
  ["floe|floe-server", "floe"],
  ["|floe-server", "floe-server"],
  ["floe", "floe"],
])("the name a person knows of %s is %s", (address, name) => {
  expect(peerName(address)).toBe(name);
});
