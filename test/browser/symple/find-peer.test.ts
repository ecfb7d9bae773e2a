import { expect, test } from "vitest";
import { findPeer } from "../../../src/browser/symple/find-peer.js";
import { FLOE, remotePeer } from "../player/fakes.js";

const viewer = remotePeer("floe", "a-viewer");
const camera = { ...remotePeer("cam", "c1", { capabilities: ["view", "talk"] }), name: "Front door" };
const peers = [viewer, FLOE, camera];

test.each([
  ["floe|floe-server", FLOE],
  ["|floe-server", FLOE],
  ["floe-server", FLOE],
  ["a-viewer", viewer],
  ["Front door", camera],
  ["cam", camera],
  ["floe|gone", undefined],
  ["nobody", undefined],
])("'%s' means the peer of that address, id, user or name", (wanted, peer) => {
  expect(findPeer(peers, wanted)).toBe(peer);
});

test("of two peers with the same name the one that can be watched is meant", () => {
  expect(findPeer(peers, "floe")).toBe(FLOE);
  expect(findPeer([viewer], "floe")).toBe(viewer);
});

test("nothing said means the first that can be watched", () => {
  expect(findPeer(peers, "")).toBe(FLOE);
  expect(findPeer([viewer], "")).toBeUndefined();
});

test("capabilities of the wrong shape are none", () => {
  expect(
    findPeer([remotePeer("x", "1", { capabilities: "view" }), remotePeer("y", "2", { capabilities: null })], ""),
  ).toBe(undefined);
});
