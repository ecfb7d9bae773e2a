import { expect, test } from "vitest";
import { H264Depacketizer } from "../../../src/core/payload/h264/h264-depacketizer.js";
import { parseRtcp } from "../../../src/core/rtp/rtcp/rtcp-parse.js";
import { RtpPacket } from "../../../src/core/rtp/rtp-packet.js";
import { annexB } from "../../sim/access-unit.js";
import { firBytes, nackBytes, pliBytes, reportBytes } from "../../sim/rtcp-bytes.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { type BenchViewer, trackBench } from "../../sim/track-bench.js";

const FRAME_US = 33_333;
const sequenceNumbers = (viewer: BenchViewer): number[] =>
  viewer.packets.map((bytes) => RtpPacket.parse(bytes).sequenceNumber);

/** The access units in a viewer's packets, by their order on the wire. */
function accessUnits(packets: readonly Uint8Array[]): Uint8Array[] {
  const depacketizer = new H264Depacketizer();
  const units: Uint8Array[] = [];
  let nalUnits: Uint8Array[] = [];
  for (const bytes of packets) {
    const packet = RtpPacket.parse(bytes);
    depacketizer.depacketize(packet.payload, (unit) => nalUnits.push(unit.slice()));
    if (packet.marker) {
      units.push(annexB(nalUnits));
      nalUnits = [];
    }
  }
  return units;
}

test("a viewer gets every frame once, in order, with contiguous numbers across the wrap and 90 kHz timestamps", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  const units = [bench.frame({ isKey: true })];
  viewer.sender.start(bench.time.nowUs);
  for (let i = 0; i < 20; i++) {
    bench.advance(FRAME_US);
    units.push(bench.frame());
  }
  expect(accessUnits(viewer.packets)).toEqual(units);
  const numbers = sequenceNumbers(viewer);
  expect(numbers.every((number, i) => number === ((65_500 + i) & 0xffff))).toBe(true);
  expect(numbers).toContain(0);
  const stamps = new Set(viewer.packets.map((bytes) => RtpPacket.parse(bytes).timestamp));
  expect([...stamps].slice(0, 3)).toEqual(
    [0xfffff000, 0xfffff000 + 3000, 0xfffff000 + 6000 - 2 ** 32].map((n) => n >>> 0),
  );
});

test("viewers of one track share the payloads: two writes per byte, whatever the number of viewers and resends", async () => {
  const bench = await trackBench();
  const viewers = [bench.viewer(), bench.viewer(), bench.viewer()];
  let encoded = bench.frame({ isKey: true }).length;
  for (const viewer of viewers) {
    viewer.sender.start(bench.time.nowUs);
  }
  for (let i = 0; i < 30; i++) {
    bench.advance(FRAME_US);
    encoded += bench.frame().length;
  }
  const { crossings } = bench.track.writer;
  const written = { ...crossings };
  expect(written.nativeToArenaBytes).toBe(encoded);
  // Start codes stay behind; packet formats add at most 2 bytes a packet.
  expect(Math.abs(written.arenaToSlotBytes - encoded)).toBeLessThan(0.01 * encoded);
  for (const viewer of viewers) {
    bench.feedback(viewer, nackBytes(viewer.rtp.ssrc, sequenceNumbers(viewer).slice(-10)));
    expect(viewer.rtp.counters.resent).toBe(10);
    expect(viewer.rtp.counters.views).toBe(viewer.rtp.counters.packets + viewer.rtp.counters.resent);
  }
  expect(crossings).toEqual(written);
  expect(accessUnits(viewers[0].packets.slice(0, -10))).toEqual(accessUnits(viewers[2].packets.slice(0, -10)));
  if (bench.kernels.kind === "wasm") {
    expect(bench.kernels.counters["h264-packetize"].calls).toBe(31);
    expect(bench.kernels.counters["rtp-stamp"].calls).toBeGreaterThanOrEqual(3 * 31);
  }
});

test("2 % loss on the way: every lost packet comes again with its own number and bytes (RFC 4585 6.2.1)", async () => {
  const bench = await trackBench({ slotCount: 512 });
  const viewer = bench.viewer();
  const random = new SeededRandom(7);
  const arrived = new Map<number, Uint8Array>();
  let lost: number[] = [];
  let count = 0;
  viewer.onPacket = (bytes) => {
    if ((bytes[1] & 0x7f) !== 102) {
      return;
    }
    const { sequenceNumber } = RtpPacket.parse(bytes);
    if (random.next() < 0.02) {
      lost.push(sequenceNumber);
      count++;
    } else {
      arrived.set(sequenceNumber, bytes);
    }
  };
  const units = [bench.frame({ isKey: true, pictureBytes: 30_000 })];
  viewer.sender.start(bench.time.nowUs);
  for (let i = 0; i < 300; i++) {
    bench.advance(FRAME_US);
    units.push(bench.frame({ pictureBytes: 8000 }));
    // Each round trip the receiver asks for what is missing, until it is there.
    while (lost.length > 0) {
      const asked = lost;
      lost = [];
      bench.advance(5000);
      bench.feedback(viewer, nackBytes(viewer.rtp.ssrc, asked));
    }
  }
  bench.advance(FRAME_US);
  expect(count).toBeGreaterThan(30);
  const inOrder = Array.from({ length: arrived.size }, (_, i) => arrived.get((65_500 + i) & 0xffff));
  expect(inOrder.every((bytes) => bytes !== undefined)).toBe(true);
  expect(accessUnits(inOrder as Uint8Array[])).toEqual(units);
});

test("a NACKed packet is resent once per round trip, not once per NACK", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  bench.frame({ isKey: true });
  viewer.sender.start(bench.time.nowUs);
  const [first] = sequenceNumbers(viewer);
  bench.feedback(viewer, nackBytes(viewer.rtp.ssrc, [first]));
  bench.feedback(viewer, nackBytes(viewer.rtp.ssrc, [first]));
  expect(viewer.rtp.counters.resent).toBe(1);
  bench.advance(5000);
  bench.feedback(viewer, nackBytes(viewer.rtp.ssrc, [first]));
  expect(viewer.rtp.counters.resent).toBe(2);
});

test("what the ring has overwritten is counted as too late and never sent wrong", async () => {
  const bench = await trackBench({ slotCount: 16 });
  const viewer = bench.viewer();
  bench.frame({ isKey: true });
  viewer.sender.start(bench.time.nowUs);
  const [first] = sequenceNumbers(viewer);
  for (let i = 0; i < 10; i++) {
    bench.advance(FRAME_US);
    bench.frame();
  }
  bench.feedback(viewer, nackBytes(viewer.rtp.ssrc, [first]));
  expect(viewer.rtp.counters.resent).toBe(0);
  expect(viewer.sender.stats().tooLate).toBe(1);
});

test("a large key frame is paced over a few milliseconds, a delta frame goes out at once", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  bench.frame({ isKey: true, pictureBytes: 40_000 });
  viewer.sender.start(bench.time.nowUs);
  expect(viewer.packets.length).toBe(10);
  bench.advance(1000);
  expect(viewer.packets.length).toBe(20);
  bench.advance(4000);
  expect(viewer.packets.length).toBeGreaterThan(33);
  const before = viewer.packets.length;
  bench.advance(FRAME_US);
  bench.frame({ pictureBytes: 8000 });
  expect(viewer.packets.length - before).toBe(7);
});

test("a late joiner starts on the cached key frame at once, with the fresh group of pictures behind it", async () => {
  const bench = await trackBench();
  const units = [bench.frame({ isKey: true })];
  for (let i = 0; i < 10; i++) {
    bench.advance(FRAME_US);
    units.push(bench.frame());
  }
  const joiner = bench.viewer();
  joiner.sender.start(bench.time.nowUs);
  bench.advance(10_000);
  expect(accessUnits(joiner.packets)).toEqual(units);
  expect(bench.wishes.forced).toBe(0);
});

test("behind a stale cached key frame a joiner gets a new one instead of seconds of old pictures", async () => {
  const bench = await trackBench();
  const units = [bench.frame({ isKey: true })];
  for (let i = 0; i < 40; i++) {
    bench.advance(FRAME_US);
    units.push(bench.frame());
  }
  const joiner = bench.viewer();
  joiner.sender.start(bench.time.nowUs);
  expect(accessUnits(joiner.packets)).toEqual([units[0]]);
  expect(bench.wishes.forced).toBe(1);
  bench.advance(FRAME_US);
  units.push(bench.frame());
  expect(accessUnits(joiner.packets)).toEqual([units[0], units[41]]);
  bench.advance(FRAME_US);
  units.push(bench.frame());
  expect(accessUnits(joiner.packets)).toEqual([units[0], units[41], units[42]]);
  expect(joiner.sender.stats().framesSkipped).toBe(40);
});

test("where nobody can make a key frame, a joiner gets the whole cached group of pictures, paced", async () => {
  const bench = await trackBench({ canForceKeyFrame: false });
  const units = [bench.frame({ isKey: true })];
  for (let i = 0; i < 40; i++) {
    bench.advance(FRAME_US);
    units.push(bench.frame());
  }
  const joiner = bench.viewer();
  joiner.sender.start(bench.time.nowUs);
  expect(joiner.packets.length).toBe(10);
  bench.advance(50_000);
  expect(accessUnits(joiner.packets)).toEqual(units);
});

test("a joiner before the first key frame waits for one and asks for it", async () => {
  const bench = await trackBench();
  const joiner = bench.viewer();
  joiner.sender.start(bench.time.nowUs);
  expect([joiner.sender.state, bench.wishes.forced]).toEqual(["waiting-for-key", 1]);
  bench.frame({ isKey: false });
  expect(joiner.packets.length).toBe(0);
  bench.advance(FRAME_US);
  bench.frame({ isKey: true });
  expect(joiner.packets.length).toBeGreaterThan(0);
});

test("PLI and FIR lead to one forced key frame in 500 ms; a repeated FIR is the same wish", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  bench.frame({ isKey: true });
  viewer.sender.start(bench.time.nowUs);
  const { ssrc } = viewer.rtp;
  bench.feedback(viewer, pliBytes(ssrc));
  bench.feedback(viewer, pliBytes(ssrc));
  bench.feedback(viewer, firBytes(ssrc, 1));
  bench.feedback(viewer, firBytes(ssrc, 1));
  expect(bench.wishes.forced).toBe(1);
  expect(viewer.sender.stats().keyFrameRequests).toBe(3);
  bench.frame();
  bench.feedback(viewer, pliBytes(ssrc));
  bench.advance(499_000);
  expect(bench.wishes.forced).toBe(0);
  bench.advance(2000);
  expect(bench.wishes.forced).toBe(1);
});

test("a report goes out with the first packets and every second, and gives the round trip on the monotonic clock", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  bench.frame({ isKey: true });
  viewer.sender.start(bench.time.nowUs);
  bench.advance(0);
  expect(viewer.rtcp.length).toBe(1);
  const [report, description] = parseRtcp(viewer.rtcp[0]);
  expect(report).toMatchObject({ kind: "sender-report", ssrc: viewer.rtp.ssrc, packetCount: viewer.packets.length });
  expect(description).toEqual({ kind: "source-description", chunks: [{ ssrc: viewer.rtp.ssrc, cname: "test" }] });
  if (report.kind !== "sender-report") {
    throw new Error("not a report");
  }
  const middle = ((report.ntp.seconds & 0xffff) << 16) | (report.ntp.fraction >>> 16);
  bench.advance(140_000);
  bench.feedback(viewer, reportBytes(viewer.rtp.ssrc, { lastSenderReport: middle, delay: 6554, fractionLost: 64 }));
  expect(viewer.sender.stats().roundTripMs).toBeCloseTo(40, 0);
  expect(viewer.sender.stats().fractionLost).toBe(0.25);
  bench.advance(860_000);
  expect(viewer.rtcp.length).toBe(2);
});

test("a viewer that sends no RTCP for 3 s gets no more video until it does, then a new key frame and nothing twice", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  bench.frame({ isKey: true });
  viewer.sender.start(bench.time.nowUs);
  for (let i = 0; i < 95; i++) {
    bench.advance(FRAME_US);
    bench.frame({ isKey: i === 60 });
  }
  expect(viewer.sender.state).toBe("stalled");
  const sent = viewer.packets.length;
  bench.advance(FRAME_US);
  bench.frame();
  expect(viewer.packets.length).toBe(sent);
  bench.feedback(viewer, reportBytes(viewer.rtp.ssrc));
  expect([viewer.sender.state, bench.wishes.forced, viewer.packets.length]).toEqual(["waiting-for-key", 1, sent]);
  bench.frame();
  expect(viewer.sender.state).toBe("sending");
  const times = viewer.packets.map((bytes) => (RtpPacket.parse(bytes).timestamp - 0xfffff000) >>> 0);
  expect(times.every((time, i) => i === 0 || time >= times[i - 1])).toBe(true);
});

test("a source that pauses for long stalls nobody: silence counts only while something is sent", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  bench.frame({ isKey: true });
  viewer.sender.start(bench.time.nowUs);
  bench.feedback(viewer, reportBytes(viewer.rtp.ssrc));
  bench.advance(30_000_000);
  const sent = viewer.packets.length;
  bench.frame();
  bench.advance(FRAME_US);
  bench.frame();
  expect(viewer.sender.state).toBe("sending");
  expect(viewer.packets.length).toBeGreaterThan(sent);
});

test("a first key frame that comes late finds its viewer waiting, not stalled", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  viewer.sender.start(bench.time.nowUs);
  bench.advance(8_000_000);
  bench.frame({ isKey: true });
  bench.advance(FRAME_US);
  bench.frame();
  expect(viewer.sender.stats()).toMatchObject({ state: "sending", frames: 2 });
});

test("after stop there is a BYE and nothing else", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  bench.frame({ isKey: true });
  viewer.sender.start(bench.time.nowUs);
  viewer.sender.stop(bench.time.nowUs);
  const messages = parseRtcp(viewer.rtcp[viewer.rtcp.length - 1]);
  expect(messages[messages.length - 1]).toEqual({ kind: "goodbye", ssrcs: [viewer.rtp.ssrc] });
  const sent = viewer.packets.length;
  bench.advance(2_000_000);
  bench.frame({ isKey: true });
  expect([viewer.packets.length, viewer.sender.deadlineUs]).toEqual([sent, undefined]);
});

test("feedback about another source changes nothing", async () => {
  const bench = await trackBench();
  const viewer = bench.viewer();
  bench.frame({ isKey: true });
  viewer.sender.start(bench.time.nowUs);
  bench.feedback(viewer, nackBytes(4711, sequenceNumbers(viewer)));
  bench.feedback(viewer, pliBytes(4711));
  expect([viewer.rtp.counters.resent, bench.wishes.forced]).toEqual([0, 0]);
});
