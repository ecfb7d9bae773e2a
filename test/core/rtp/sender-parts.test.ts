import { expect, test } from "vitest";
import { BurstPacer } from "../../../src/core/rtp/congestion/burst-pacer.js";
import { FrameLog } from "../../../src/core/rtp/frame-log.js";
import { KeyFrameGate } from "../../../src/core/rtp/key-frame-gate.js";
import { MediaAnchor } from "../../../src/core/rtp/media-anchor.js";
import { SentPackets } from "../../../src/core/rtp/sent-packets.js";
import { SequenceUnwrapper, sequenceDistance, timestampDistance } from "../../../src/core/rtp/sequence.js";
import { ntpMiddle, toNtp } from "../../../src/core/time/ntp.js";

test("sequence numbers and timestamps are compared on their circles (RFC 3550 A.1)", () => {
  expect(sequenceDistance(65535, 0)).toBe(1);
  expect(sequenceDistance(0, 65535)).toBe(-1);
  expect(sequenceDistance(10, 40)).toBe(30);
  expect(timestampDistance(0xffffffff, 1)).toBe(2);
  const unwrapper = new SequenceUnwrapper();
  expect([65534, 65535, 0, 1, 65535, 2].map((n) => unwrapper.unwrap(n))).toEqual([
    65534, 65535, 65536, 65537, 65535, 65538,
  ]);
});

test("NTP time starts in 1900 and its middle is what LSR carries", () => {
  const ntp = toNtp(1_500_000);
  expect(ntp).toEqual({ seconds: 2_208_988_801, fraction: 0x80000000 });
  expect(ntpMiddle(ntp)).toBe((((2_208_988_801 & 0xffff) << 16) | 0x8000) >>> 0);
});

test("the pacer lets a burst through at once and the rest at its rate", () => {
  const pacer = new BurstPacer({ burstPackets: 10, packetsPerMs: 10 });
  expect(pacer.take(30, 0)).toBe(10);
  expect(pacer.take(20, 0)).toBe(0);
  expect(pacer.nextUs(20, 0)).toBe(1000);
  expect(pacer.take(20, 1000)).toBe(10);
  expect(pacer.take(10, 1500)).toBe(5);
  expect(pacer.take(5, 10_000)).toBe(5);
  expect(pacer.nextUs(2, 10_000)).toBe(10_000);
});

test("however many viewers ask, one key frame is forced in 500 ms, and a held wish is not forgotten", () => {
  let forced = 0;
  const gate = new KeyFrameGate(() => {
    forced++;
  });
  gate.request(0);
  gate.keyFrameWritten();
  for (let nowUs = 1000; nowUs < 400_000; nowUs += 1000) {
    gate.request(nowUs);
  }
  expect(forced).toBe(1);
  expect(gate.deadlineUs).toBe(500_000);
  gate.tick(499_999);
  expect(forced).toBe(1);
  gate.tick(500_000);
  expect(forced).toBe(2);
  expect(gate.deadlineUs).toBeUndefined();
});

test("a key frame that came by itself fulfils the wish that was held", () => {
  let forced = 0;
  const gate = new KeyFrameGate(() => {
    forced++;
  });
  gate.request(0);
  gate.request(100_000);
  gate.keyFrameWritten();
  gate.tick(600_000);
  expect(forced).toBe(1);
});

test("the send history forgets the oldest first and never mistakes a wrapped number for an old one", () => {
  const sent = new SentPackets(8);
  for (let i = 0; i < 20; i++) {
    sent.add((65530 + i) & 0xffff, 100 + i, 9000 + i);
  }
  expect(sent.indexOf((65530 + 19) & 0xffff)).toBe(119);
  expect(sent.indexOf((65530 + 12) & 0xffff)).toBe(112);
  expect(sent.timestampOf((65530 + 12) & 0xffff)).toBe(9012);
  expect(sent.indexOf((65530 + 11) & 0xffff)).toBe(-1);
  expect(sent.indexOf(500)).toBe(-1);
});

test("the frame log keeps the newest frames and knows the newest key frame only while it has it", () => {
  const log = new FrameLog(4);
  expect(log.latestKey).toBe(-1);
  for (let i = 0; i < 4; i++) {
    log.push(i * 3, 3, i * 1000, i === 0);
  }
  expect([log.oldest, log.next, log.latestKey]).toEqual([0, 4, 0]);
  expect([log.firstIndex(2), log.packetCount(2), log.timeUs(2), log.isKey(2)]).toEqual([6, 3, 2000, false]);
  log.push(12, 1, 4000, false);
  expect([log.oldest, log.latestKey]).toEqual([1, -1]);
});

test("the anchor follows the earliest frames, not the delayed ones", () => {
  const anchor = new MediaAnchor();
  expect(anchor.mediaTimeUs(0)).toBeUndefined();
  anchor.observe(0, 1_005_000);
  anchor.observe(33_000, 1_034_000);
  anchor.observe(66_000, 1_099_000);
  expect(anchor.mediaTimeUs(1_101_000)).toBeGreaterThan(99_900);
  expect(anchor.mediaTimeUs(1_101_000)).toBeLessThanOrEqual(100_000);
});
