// A million datagrams of noise, of packets with a byte changed, and of payloads gone wrong: counted, never thrown, and within bounds.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Arena } from "../../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../../src/core/kernel/load-kernels.js";
import { MediaClock } from "../../../../src/core/rtp/receive/media-clock.js";
import { RtpIntake } from "../../../../src/core/rtp/receive/rtp-intake.js";
import type { RtpReceiver } from "../../../../src/core/rtp/receive/rtp-receiver.js";
import { PlainRtpAudio, PlainRtpVideo } from "../../../../src/core/stages/rtp-media.js";
import { RtpToH264 } from "../../../../src/core/stages/rtp-to-h264.js";
import { RtpToOpus } from "../../../../src/core/stages/rtp-to-opus.js";
import { RtpToVp8 } from "../../../../src/core/stages/rtp-to-vp8.js";
import { MediaSource } from "../../../sim/media-source.js";
import { SeededRandom } from "../../../sim/seeded-random.js";
import { drawPacket } from "../batch/rtp-noise.js";

const BATCH = 64;
const POOL = 3000;
const WINDOW = 256;

type World = { readonly intake: RtpIntake; readonly receivers: RtpReceiver[] };

async function createWorld(): Promise<World> {
  const arena = Arena.create({ sizeBytes: 2 * 1024 * 1024 });
  const kernels = await loadKernels(arena);
  const sendRtcp = (bytes: Uint8Array): boolean => bytes.length <= 1500;
  const intake = new RtpIntake({
    kernels,
    arena,
    slotCount: 512,
    transportFeedback: { extensionId: 5, localSsrc: 1, sendRtcp },
  });
  const clock = new MediaClock();
  const [h264, vp8, opus] = [
    new RtpToH264({ times: "packets" }),
    new RtpToVp8({ times: "packets" }),
    new RtpToOpus({ times: "packets" }),
  ];
  const common = { localSsrc: 1, cname: "floe", clock, sendRtcp, windowPackets: WINDOW, recoveryMs: 200, estimate: {} };
  const receivers: RtpReceiver[] = [
    intake.open({
      ...common,
      clockRateHz: 90_000,
      payloadTypes: [96],
      rtx: { payloadType: 97 },
      packet: ({ bytes, timeUs }) => h264.process(new PlainRtpVideo({ data: bytes, timeUs }), () => {}),
    }),
    intake.open({
      ...common,
      clockRateHz: 90_000,
      payloadTypes: [108],
      playout: "paced",
      rtcpMode: "compound",
      keyFrameRequest: "fir",
      packet: ({ bytes, timeUs }) => vp8.process(new PlainRtpVideo({ data: bytes, timeUs }), () => {}),
    }),
    intake.open({
      ...common,
      clockRateHz: 48_000,
      payloadTypes: [120, 111],
      packet: ({ bytes, timeUs }) => opus.process(new PlainRtpAudio({ data: bytes, timeUs }), () => {}),
    }),
  ];
  return { intake, receivers };
}

/** Packets of three streams, RTX and reports that are in order, and as much noise. */
function drawPool(random: SeededRandom): Uint8Array[] {
  const video = new MediaSource({ ssrc: 2, rtx: { ssrc: 4, payloadType: 97 }, transport: { id: 5, next: 0 } });
  const other = new MediaSource({ ssrc: 3, payloadType: 108, firstSequence: 65_000 });
  const sound = new MediaSource({ ssrc: 5, payloadType: 111, clockRateHz: 48_000, packetsPerFrame: 2 });
  const pool: Uint8Array[] = [];
  while (pool.length < POOL) {
    pool.push(...video.frame(), ...other.frame(), ...sound.frame());
    pool.push(video.report(video.frames * 33_333, 1e15), other.report(other.frames * 33_333, 2e15));
    pool.push(...video.feedback(Uint8Array.of(0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 3, 240, 255, 255)));
    pool.push(drawPacket(random), drawPacket(random, 500), random.bytes(random.integer(60)));
  }
  return pool;
}

test("a million datagrams leave every receiver within its bounds", { timeout: 120_000 }, async () => {
  const { intake, receivers } = await createWorld();
  const random = new SeededRandom(77);
  const pool = drawPool(random);
  let nowUs = 0;
  let at = 0;
  for (let round = 0; round < 1_000_000 / BATCH; round++) {
    const batch = Array.from({ length: BATCH }, () => {
      at = random.integer(20) === 0 ? random.integer(pool.length) : (at + 1) % pool.length;
      const bytes = pool[at] as Uint8Array;
      if (random.integer(3) === 0 && bytes.length > 0) {
        const place = random.integer(Math.min(bytes.length, 48));
        bytes[place] = (bytes[place] as number) ^ (1 << random.integer(8));
      }
      return random.integer(50) === 0 ? bytes.subarray(0, random.integer(bytes.length + 1)) : bytes;
    });
    nowUs += random.integer(20_000);
    intake.receive(batch, nowUs);
    if (random.integer(100) === 0) {
      for (const receiver of receivers) {
        receiver.requestKeyFrame(nowUs);
      }
    }
    for (const receiver of receivers) {
      const { waiting, missing } = receiver.report();
      if (waiting > WINDOW || missing > waiting) {
        throw new Error(`${waiting} packets wait, ${missing} are missing`);
      }
    }
    if (round % 500 === 0) {
      // What bits were flipped so far would leave nothing but noise.
      pool.splice(0, pool.length, ...drawPool(random));
    }
  }
  const { datagrams, rtp, rtcp, malformed, oversized } = intake.counters;
  expect(datagrams).toBe(15_625 * BATCH);
  expect(rtp + rtcp + malformed + oversized).toBeGreaterThanOrEqual(datagrams);
  for (const receiver of receivers) {
    expect(receiver.counters.handed).toBeGreaterThan(1000);
  }
});

test("whatever comes, packets are handed on in order, once, and every number is accounted for", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(40), fc.boolean(), fc.nat(60)), { maxLength: 80 }),
      fc.constantFrom("in-order" as const, "paced" as const),
      fc.nat(65_535),
      async (steps, playout, firstSequence) => {
        const arena = Arena.create({ sizeBytes: 512 * 1024 });
        const intake = new RtpIntake({ kernels: await loadKernels(arena), arena, slotCount: 64 });
        const seen: number[] = [];
        let missing = 0;
        const receiver = intake.open({
          clockRateHz: 90_000,
          payloadTypes: [96],
          localSsrc: 1,
          cname: "c",
          clock: new MediaClock(),
          windowPackets: 32,
          recoveryMs: 100,
          playout,
          sendRtcp: () => true,
          packet: (packet) => {
            seen.push(packet.sequence);
            missing += packet.missing;
          },
        });
        let nowUs = 0;
        const source = new MediaSource({ firstSequence, packetsPerFrame: 41 });
        const packets = source.frame();
        for (const [ahead, isRtcp, waitMs] of steps) {
          nowUs += waitMs * 1000;
          intake.receive(isRtcp ? [source.report(0, 1e15 + nowUs)] : [packets[ahead] as Uint8Array], nowUs);
        }
        receiver.flush();
        expect(seen.every((sequence, i) => i === 0 || sequence > (seen[i - 1] as number))).toBe(true);
        if (seen.length > 0 && receiver.counters.restarts === 0) {
          expect(seen.length + missing).toBe((seen.at(-1) as number) - (seen[0] as number) + 1);
        }
      },
    ),
    { numRuns: 300 },
  );
});
