// VP8 through the stage of a graph.
import { expect, test } from "vitest";
import { decodeHex } from "../../../src/core/bytes/hex.js";
import { RtpToVp8, type RtpToVp8Options } from "../../../src/core/stages/rtp-to-vp8.js";
import { rtpVideo } from "./rtp-rig.js";

const KEY = decodeHex("101002009d012a80026801aa");
const SMALL_KEY = decodeHex("101002009d012a40016400aa");
const DELTA = decodeHex("10310100bb");

function feed(
  packets: Parameters<typeof rtpVideo>[],
  options: RtpToVp8Options = {},
): { log: string[]; stage: RtpToVp8 } {
  const log: string[] = [];
  const stage = new RtpToVp8(options);
  stage.keyFrameNeeded.on(() => log.push("key!"));
  stage.formatChanged.on(({ width, height }) => log.push(`${width}x${height}`));
  stage.pictureDropped.on(({ timeUs, reason }) => log.push(`${timeUs} ${reason}`));
  for (const packet of packets) {
    stage.process(rtpVideo(...packet), ({ timeUs, codec, isKey, byteLength }) =>
      log.push(`${timeUs} ${codec}${isKey ? " key" : ""} ${byteLength}`),
    );
  }
  return { log, stage };
}

test("pictures come whole, with the size of key frames told when it changes", () => {
  const { log, stage } = feed([
    [65_535, [...KEY], { timestamp: 0, marker: true }],
    [0, [...DELTA], { timestamp: 9000, marker: true }],
    [1, [...KEY], { timestamp: 18_000, marker: true }],
    [2, [...SMALL_KEY], { timestamp: 27_000, marker: true }],
  ]);
  expect(log).toEqual(["640x360", "0 vp8 key 11", "100000 vp8 4", "200000 vp8 key 11", "320x100", "300000 vp8 key 11"]);
  expect(stage.counters).toMatchObject({ pictures: 4, keyFrames: 3, malformed: 0, rtp: { packets: 4, missing: 0 } });
});

test("a gap stops the pictures until a key frame, and another source does as well", () => {
  const { log, stage } = feed([
    [1, [...KEY], { timestamp: 0, marker: true }],
    [3, [...DELTA], { timestamp: 9000, marker: true }],
    [4, [...KEY], { timestamp: 18_000, marker: true }],
    [9, [...DELTA], { timestamp: 5, marker: true, ssrc: 2, timeUs: 7 }],
  ]);
  expect(log).toEqual([
    "640x360",
    "0 vp8 key 11",
    "100000 awaiting-key",
    "key!",
    "200000 vp8 key 11",
    "7 awaiting-key",
    "key!",
  ]);
  expect(stage.counters.dropped["awaiting-key"]).toBe(2);
});

test("times of packets are taken as they are where a receiver made them", () => {
  const { log } = feed(
    [
      [1, [...KEY], { timestamp: 0, marker: true, timeUs: 500 }],
      [2, [...DELTA], { timestamp: 9000, marker: true, timeUs: 95_000 }],
    ],
    { times: "packets" },
  );
  expect(log.slice(1)).toEqual(["500 vp8 key 11", "95000 vp8 4"]);
});
