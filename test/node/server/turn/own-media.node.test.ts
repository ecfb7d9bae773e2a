import { expect, test } from "vitest";
import { Signal } from "../../../../src/core/signal/signal.js";
import type { IceCandidate } from "../../../../src/core/webrtc/ice-candidate.js";
import type { PeerTransportState } from "../../../../src/core/webrtc/peer-transport.js";
import { type FollowedTransport, OwnMedia } from "../../../../src/node/server/turn/own-media.js";

function transport(iceCredentials?: FollowedTransport["iceCredentials"]) {
  const candidateGathered = new Signal<IceCandidate>();
  const stateChanged = new Signal<PeerTransportState>();
  const gather = (candidate: string): void => candidateGathered.emit({ candidate, sdpMid: "0" });
  return { candidateGathered, stateChanged, iceCredentials, gather, close: () => stateChanged.emit("closed") };
}

const host = (port: number | string, transportName = "UDP"): string =>
  `candidate:1 1 ${transportName} 2122317823 192.168.1.7 ${port} typ host`;

test("a port is media's from its host candidate until its transport is closed", () => {
  const media = new OwnMedia(undefined);
  const viewer = transport();
  media.follow(viewer);
  expect(media.hasPort(50_000)).toBe(false);
  viewer.gather(host(50_000));
  viewer.gather(host(50_000));
  viewer.gather("candidate:2 1 UDP 1686109951 203.0.113.5 61000 typ srflx raddr 192.168.1.7 rport 50000");
  viewer.gather("");
  expect([media.hasPort(50_000), media.hasPort(61_000), media.hasPort(0), media.ports]).toEqual([true, false, true, 1]);
  viewer.stateChanged.emit("failed");
  expect(media.hasPort(50_000)).toBe(true);
  viewer.close();
  viewer.close();
  expect([media.hasPort(50_000), media.hasPort(0), media.ports]).toEqual([false, false, 0]);
});

test("a port that all viewers share is media's until the last one is gone", () => {
  const media = new OwnMedia(undefined);
  const viewers = [transport(), transport()];
  for (const viewer of viewers) {
    media.follow(viewer);
    viewer.gather(host(50_000));
  }
  viewers[0].close();
  expect(media.hasPort(50_000)).toBe(true);
  viewers[1].close();
  expect(media.hasPort(50_000)).toBe(false);
});

test("ports that the configuration keeps for media are always media's", () => {
  const media = new OwnMedia({ min: 50_000, max: 50_001 });
  expect([49_999, 50_000, 50_001, 50_002].map((port) => media.hasPort(port))).toEqual([false, true, true, false]);
});

test("only UDP host candidates open a port, and one transport opens 64 at most", () => {
  const media = new OwnMedia(undefined);
  const viewer = transport();
  media.follow(viewer);
  for (const line of [
    host(22, "TCP"),
    "candidate:1 1 UDP 1 10.0.0.1 22 typ relay",
    host("22x"),
    "nonsense",
    "a b c d e f g h",
  ]) {
    viewer.gather(line);
  }
  expect(media.ports).toBe(0);
  for (let port = 1; port <= 100; port++) {
    viewer.gather(host(port));
  }
  expect(media.ports).toBe(64);
});

test("the ICE password of a transport is told by its ufrag, from when it has one until it is closed", () => {
  const media = new OwnMedia(undefined);
  const viewer = transport();
  media.follow(viewer);
  media.follow(transport());
  expect(media.icePasswordOf("abcd")).toBeUndefined();
  viewer.iceCredentials = { ufrag: "abcd", password: "s3cret" };
  expect([media.icePasswordOf("abcd"), media.icePasswordOf("abce"), media.icePasswordOf("")]).toEqual([
    "s3cret",
    undefined,
    undefined,
  ]);
  viewer.close();
  expect(media.icePasswordOf("abcd")).toBeUndefined();
});
