// From the packets of a publisher to its pictures and sounds: simulations on a manual clock, negotiated by an offer.
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeBase64 } from "../../../src/core/bytes/base64.js";
import { decodeHex } from "../../../src/core/bytes/hex.js";
import { parseRtcp } from "../../../src/core/rtp/rtcp/rtcp-parse.js";
import { nalUnit } from "../../sim/access-unit.js";
import { MediaSource } from "../../sim/media-source.js";
import { PublishWorld, VIDEO } from "../../sim/publish-world.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { SEEDS } from "../../sim/seeds.js";
import { writeSps } from "../payload/h264/bit-writer.js";

/** Pictures come in their order, unchanged, and behind each gap with a key frame; times grow. */
function faults(world: PublishWorld): string[] {
  const found: string[] = [];
  for (const kind of ["video", "audio"] as const) {
    let last = { number: -1, timeUs: Number.NEGATIVE_INFINITY };
    for (const one of world.of(kind)) {
      if (one.number <= last.number) {
        found.push(`${kind} ${one.number} behind ${last.number}`);
      }
      if (kind === "video" && one.number !== last.number + 1 && !one.isKey) {
        found.push(`picture ${one.number} behind ${last.number} is no key frame`);
      }
      if (one.timeUs <= last.timeUs) {
        found.push(`${kind} ${one.number} at ${one.timeUs}, behind ${last.timeUs}`);
      }
      last = one;
    }
  }
  return found;
}

test.each([
  { lossRate: 0, jitterMs: 0, reorderRate: 0, duplicateRate: 0, wholePictures: 1 },
  { lossRate: 0.02, jitterMs: 20, reorderRate: 0.02, duplicateRate: 0.01, wholePictures: 0.99 },
  { lossRate: 0.05, jitterMs: 40, reorderRate: 0.05, duplicateRate: 0.05, wholePictures: 0.99 },
  { lossRate: 0.1, jitterMs: 80, reorderRate: 0, duplicateRate: 0, wholePictures: 0.95 },
  { lossRate: 0.2, jitterMs: 80, reorderRate: 0.05, duplicateRate: 0.05, wholePictures: 0.7 },
])("over a way with $lossRate loss and $jitterMs ms jitter, $wholePictures of the pictures come, unchanged, in order and in sync", async ({
  wholePictures,
  ...way
}) => {
  const world = await PublishWorld.create({
    seed: 7,
    link: { delayMs: 40, ...way },
    video: { firstSequence: 65_500, firstTimestamp: 2 ** 32 - 900_000 },
    audio: { firstSequence: 65_000, firstTimestamp: 2 ** 32 - 480_000 },
  });
  world.publish(30_000_000);
  world.link = {};
  world.clock.advance(2_000_000);
  expect(faults(world)).toEqual([]);
  expect(world.of("video").length / world.pictures).toBeGreaterThanOrEqual(wholePictures);
  expect(world.of("audio").length / 1500).toBeGreaterThan(1 - way.lossRate - 0.03);
  expect(Math.abs(world.outOfSyncUs())).toBeLessThan(1000);
  const [video, audio] = world.receiver.report().tracks;
  expect(video).toMatchObject({ codec: "h264", width: 1280, height: 720, frames: world.of("video").length });
  expect([video.rtp.waiting, audio.rtp.waiting]).toEqual([0, 0]);
});

test("pictures that take longer than their sound come into its time by sender reports, also when the sender's clock is set", async () => {
  const world = await PublishWorld.create();
  world.videoDelayUs = 150_000;
  world.publish(250_000);
  expect(world.outOfSyncUs()).toBeGreaterThan(140_000);
  world.publish(10_000_000);
  expect(Math.abs(world.outOfSyncUs())).toBeLessThan(1000);
  world.wallJumpUs = 3_600_000_000;
  world.publish(10_000_000);
  expect(Math.abs(world.outOfSyncUs())).toBeLessThan(1000);
  expect(faults(world)).toEqual([]);
});

test("behind an interruption that costs thousands of packets pictures are in time at once, however late they come", async () => {
  const world = await PublishWorld.create();
  world.publish(5_000_000);
  world.link = { lossRate: 1 };
  world.publish(9_000_000);
  world.video.skip(4000);
  world.link = {};
  world.videoDelayUs = 240_000;
  const before = world.of("video").length;
  world.publish(1_000_000);
  const [first] = world.of("video").slice(before);
  const sound = world.of("audio").at(-1);
  const apartUs = first.timeUs - first.number * 33_333 - ((sound?.timeUs ?? 0) - (sound?.number ?? 0) * 20_000);
  expect(Math.abs(apartUs)).toBeLessThan(1000);
  expect(world.receiver.report().tracks[0].rtp.restarts).toBe(1);
});

test("another source goes on where the offer named none, with a key frame, on the same timeline", async () => {
  const world = await PublishWorld.create({ sources: "unnamed" });
  world.publish(2_000_000);
  const before = world.of("video").length;
  world.clock.advance(500_000);
  world.changeSource({ ssrc: 77 });
  world.publish(2_000_000);
  const after = world.of("video").slice(before);
  expect(after.length).toBeGreaterThan(50);
  expect(faults(world)).toEqual([]);
  expect(world.receiver.report().tracks[0].rtp).toMatchObject({ ssrc: 77, restarts: 1 });
});

test("a sender that begins anew under the same source loses nothing of its first picture", async () => {
  const world = await PublishWorld.create();
  world.publish(1_000_000);
  const anew = new MediaSource({ ...VIDEO, firstSequence: 40_000, firstTimestamp: 3_000_000_000 });
  const picture = [writeSps({ widthMacroblocks: 40, heightMacroblocks: 30 }), nalUnit(5, 100, new SeededRandom(1))];
  world.arrive(...anew.frame(picture), ...anew.frame([nalUnit(1, 100, new SeededRandom(2))]));
  expect(world.of("video").length).toBe(world.pictures + 2);
  expect(world.receiver.report().tracks[0]).toMatchObject({ width: 640, height: 480, keyFrames: 2, droppedFrames: 0 });
});

test("parameter sets that only the offer brings are put in front of key frames (RFC 6184 8.1)", async () => {
  const sps = writeSps({ widthMacroblocks: 80, heightMacroblocks: 45 });
  const sets = `${encodeBase64(sps)},no base64,${encodeBase64(Uint8Array.of(0x68, 0xce, 0x3c, 0x80))}`;
  const videoLines = `a=rtpmap:102 H264/90000\na=fmtp:102 packetization-mode=1;profile-level-id=42e01f;sprop-parameter-sets=${sets}\n`;
  const world = await PublishWorld.create({ videoLines });
  const pictures: Uint8Array[] = [];
  world.receiver.connect(({ data }) => pictures.push(data.slice()));
  world.arrive(...world.video.frame([nalUnit(5, 100, new SeededRandom(1))]));
  expect(pictures.map(({ length }) => length)).toEqual([4 + sps.length + 4 + 4 + 4 + 100]);
  expect(world.receiver.report().tracks[0]).toMatchObject({ width: 1280, height: 720, keyFrames: 1 });
});

test("packets of sources and types that were not agreed on are counted, and nothing comes of them", async () => {
  const world = await PublishWorld.create();
  world.publish(1_000_000);
  const before = world.received.length;
  const foreign = new MediaSource({ ...VIDEO, ssrc: 4711 });
  world.arrive(...foreign.frame(), ...foreign.frame());
  const wrongType = new MediaSource({ ...VIDEO, payloadType: 120, firstSequence: 1000 + world.video.packets });
  world.arrive(...wrongType.frame());
  world.arrive(
    Uint8Array.of(0x80),
    new Uint8Array(1950).fill(0x80),
    Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  );
  world.clock.advance(1_000_000);
  expect(world.received.length).toBe(before);
  expect(world.receiver.report().intake).toMatchObject({ foreign: 8, malformed: 2, oversized: 1 });
});

test("a picture that is lost for good is asked for by PLI, or by FIR where nothing else was agreed on", async () => {
  const lines = "a=rtpmap:102 H264/90000\na=fmtp:102 packetization-mode=1;profile-level-id=42e01f\n";
  for (const [feedback, kind] of [
    ["a=rtcp-fb:102 nack pli\n", "picture-loss"],
    ["a=rtcp-fb:102 ccm fir\n", "full-intra-request"],
  ]) {
    const world = await PublishWorld.create({ videoLines: `${lines}${feedback}` });
    world.publish(1_000_000);
    world.video.skip(1);
    world.publish(1_000_000);
    const messages = world.rtcp.map((bytes) => parseRtcp(bytes));
    const asked = messages.filter((parts) => parts.some((part) => part.kind === kind));
    expect(asked.length).toBe(1);
    // Reduced size was not agreed on either: a report stands in front (RFC 5506).
    expect(asked[0].map((part) => part.kind)).toEqual(["receiver-report", "source-description", kind]);
    expect(messages.flat().some((part) => part.kind === "nack" || part.kind === "receiver-estimate")).toBe(false);
    expect(world.of("video").filter(({ isKey }) => isKey).length).toBe(2);
  }
});

test("transport-cc is told where the answer promised it, of what came on all streams, and no estimate beside it", async () => {
  const transport = { id: 4, next: 0 };
  const world = await PublishWorld.create({ transportFeedback: "on", video: { transport }, audio: { transport } });
  world.publish(2_000_000);
  const messages = world.rtcp.flatMap((bytes) => parseRtcp(bytes));
  const told = messages.filter((message) => message.kind === "other" && message.type === 205 && message.count === 15);
  expect(told.length).toBeGreaterThan(15);
  expect(messages.some(({ kind }) => kind === "receiver-estimate")).toBe(false);
});

test("VP8 comes with its size, as it was sent", async () => {
  const lines = "a=rtpmap:102 VP8/90000\na=rtcp-fb:102 nack\n";
  const world = await PublishWorld.create({ videoLines: lines });
  const pictures: string[] = [];
  world.receiver.connect((packet) => {
    if ("isKey" in packet) {
      pictures.push(`${packet.codec} ${packet.isKey ? "key " : ""}${packet.byteLength}`);
    }
  });
  for (const payload of ["101002009d012a80026801aa", "10310100bb"]) {
    world.arrive(...world.video.frame([decodeHex(payload)]));
  }
  expect(pictures).toEqual(["vp8 key 11", "vp8 4"]);
  expect(world.receiver.report().tracks[0]).toMatchObject({ codec: "vp8", width: 640, height: 360, keyFrames: 1 });
});

test("who comes late begins with a key frame, and one that throws is left out while the others go on", async () => {
  const world = await PublishWorld.create();
  world.publish(1_000_000);
  const kinds: string[] = [];
  const thrown: unknown[] = [];
  world.receiver.takerFailed.on((error) => thrown.push(error));
  const late = world.receiver.connect((packet) => "isKey" in packet && kinds.push(packet.isKey ? "key" : "delta"));
  world.receiver.connect(() => {
    throw new Error("a program's fault");
  });
  world.publish(1_000_000);
  expect(kinds.slice(0, 2)).toEqual(["key", "delta"]);
  expect(thrown).toEqual([new Error("a program's fault")]);
  late[Symbol.dispose]();
  const seen = kinds.length;
  world.publish(1_000_000);
  expect(kinds.length).toBe(seen);
  expect(world.of("video").length).toBe(world.pictures);
});

test("a listener that another one takes out hears nothing more, and who throws when told of a fault hurts nobody", async () => {
  const world = await PublishWorld.create();
  world.publish(500_000);
  let heard = 0;
  world.receiver.connect(() => later[Symbol.dispose]());
  const later = world.receiver.connect(() => heard++);
  world.receiver.takerFailed.on(() => {
    throw new Error("another fault");
  });
  world.receiver.connect(() => {
    throw new Error("a program's fault");
  });
  world.publish(500_000);
  expect(heard).toBe(0);
  expect(world.of("video").length).toBe(world.pictures);
  expect(faults(world)).toEqual([]);
});

test("a sender that probes its way with padding between pictures costs none of them", async () => {
  const world = await PublishWorld.create();
  world.publish(500_000);
  const padding = world.video.frame([new Uint8Array(255).fill(255), new Uint8Array(255).fill(255)]);
  world.video.frames--;
  for (const packet of padding) {
    packet[0] |= 0x20;
    packet[1] &= 0x7f;
  }
  world.arrive(...padding);
  world.publish(500_000);
  expect(world.of("video").length).toBe(world.pictures);
  expect(world.of("video").filter(({ isKey }) => isKey).length).toBe(1);
});

test("closing hands on what waits, once, and leaves no timer; also from within a listener", async () => {
  const world = await PublishWorld.create({ link: { delayMs: 10 } });
  world.publish(1_000_000);
  world.video.skip(1);
  world.publish(100_000);
  const waiting = world.receiver.report().tracks[0].rtp.waiting;
  expect(waiting).toBeGreaterThan(0);
  world.receiver.close();
  expect(world.receiver.report().tracks[0].rtp.waiting).toBe(0);
  world.receiver.close();
  world.clock.advance(1_000_000);
  const seen = world.received.length;
  world.publish(200_000);
  world.clock.advance(1_000_000);
  expect([world.received.length, world.clock.pending]).toEqual([seen, 0]);

  const lossy = await PublishWorld.create();
  lossy.publish(1_000_000);
  lossy.receiver.connect(() => lossy.receiver.requestKeyFrame());
  lossy.audio.skip(1);
  lossy.publish(15_000);
  expect(lossy.receiver.report().tracks[1].rtp.waiting).toBeGreaterThan(0);
  lossy.receiver.close();
  lossy.clock.advance(1);
  expect(lossy.clock.pending).toBe(0);

  const other = await PublishWorld.create();
  let count = 0;
  other.receiver.connect(() => {
    count++;
    other.receiver.close();
  });
  other.receiver.connect(() => count++);
  other.publish(500_000);
  expect([count, other.clock.pending]).toEqual([1, 0]);
});

test.for(SEEDS)("whatever becomes of packets on their way, nothing throws and a clean key frame goes on, %s", async ([
  ,
  options,
]) => {
  const world = await PublishWorld.create();
  world.publish(500_000);
  const flips = fc.array(fc.tuple(fc.nat(1500), fc.nat(255)), { minLength: 1, maxLength: 6 });
  const cut = fc.nat(60);
  fc.assert(
    fc.property(flips, cut, fc.boolean(), (changes, missing, isRtcp) => {
      const packets = isRtcp ? [world.video.report(world.clock.nowUs(), 1_700_000_000_000_000)] : world.nextPicture();
      for (const bytes of packets) {
        const mutated = bytes.slice(0, Math.max(1, bytes.length - missing));
        for (const [at, value] of changes) {
          mutated[at % mutated.length] ^= value;
        }
        world.arrive(mutated);
      }
      world.clock.advance(33_333);
    }),
    { numRuns: 2000, ...options },
  );
  const before = world.of("video").length;
  // A number that claimed to be up to a window ahead was believed (RFC 3550 A.1): so many packets are late then, 17 s of these.
  world.publish(20_000_000);
  expect(
    world
      .of("video")
      .slice(before)
      .filter(({ number }) => number >= 0).length,
  ).toBeGreaterThan(30);
});
