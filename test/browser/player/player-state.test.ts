import { expect, test } from "vitest";
import {
  describePlayerState,
  isSourceLost,
  type PlayerState,
  peerName,
} from "../../../src/browser/player/player-state.js";
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

test("a source that is tried again is said over the picture, and over the wait for one", () => {
  const source = { name: "cam", state: "reconnecting", words: "source/timeout: no answer", passthrough: "" } as const;
  for (const state of [states[7], states[8]]) {
    expect(isSourceLost(state, source)).toBe(true);
    expect(describePlayerState(state, source)).toEqual({
      title: "Camera reconnecting…",
      detail: "source/timeout: no answer. The picture comes back by itself.",
    });
  }
  expect(describePlayerState(states[8], { ...source, state: "open" }).title).toBe("Playing");
  expect(describePlayerState(states[0], source).title).toBe("Nothing playing");
});

test("an end for want of a source says what is wrong with it", () => {
  const reason = "The other side ended the call: source unavailable: source/auth: the camera wants a password.";
  expect(describePlayerState({ kind: "ended", peer, reason })).toEqual({
    title: "The source is unavailable",
    detail: "source/auth: the camera wants a password.",
  });
});
