// What the faces of kernels refuse: numbers that would make a kernel read or write where it has no business. Nothing has
// changed then: no byte of the arena, no answer about the batch before, and nothing was taken from the arena.
import { describe, expect, test } from "vitest";
import type { Region } from "../../../src/core/kernel/arena.js";
import { RtpStamper } from "../../../src/core/kernel/rtp-stamp.js";
import { SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { PictureConverter } from "../../../src/core/media/picture-converter.js";
import type { Plane } from "../../../src/core/media/plane.js";
import { SampleConverter } from "../../../src/core/media/sample-converter.js";
import { AnnexbScanner } from "../../../src/core/payload/h264/annexb-scanner.js";
import { H264Packetizer } from "../../../src/core/payload/h264/h264-packetizer.js";
import { OpusFramer } from "../../../src/core/payload/opus/opus-framer.js";
import { RtpBatchParser } from "../../../src/core/rtp/batch/rtp-batch-parser.js";
import { RtpRewriter } from "../../../src/core/rtp/batch/rtp-rewriter.js";
import { BandEnergies } from "../../../src/core/speech/band-energies.js";
import { StunVerifier } from "../../../src/core/stun/stun-verifier.js";
import { RelayBatch } from "../../../src/core/turn/relay-batch.js";
import { BlockDifference } from "../../../src/core/vision/block-difference.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { fnv1a } from "./fnv1a.js";
import { createBench, KERNEL_SIDES } from "./memories.js";

describe.each(KERNEL_SIDES)("faces of $kind kernels on $name memory", async ({ kind, shared }) => {
  const { arena, kernels } = await createBench(shared, kind);
  const side = { arena, kernels };
  const { sizeBytes } = arena.memory;
  const ring = new SlotRing(arena, { name: "ring", slotCount: 8 });
  const scanner = new AnnexbScanner({ ...side, maxNalUnits: 4 });
  const packetizer = new H264Packetizer({ ...side, ring, maxAccessUnitBytes: 4096, maxNalUnits: 4 });
  const stamper = new RtpStamper(side);
  const framer = new OpusFramer({ ...side, ring, maxBatch: 4, maxInputBytes: 4096 });
  const parser = new RtpBatchParser({ ...side, ring, maxBatch: 4 });
  const rewriter = new RtpRewriter({ ...side, maxMaps: 2 });
  const map = rewriter.openMap({ hiddenExtensionId: 14 });
  const pictures = new PictureConverter(side);
  const sounds = new SampleConverter(side);
  const motion = new BlockDifference({ ...side, maxWidth: 64, maxHeight: 64 });
  const voice = new BandEnergies({ ...side, maxFrames: 2 });
  const verifier = new StunVerifier(side);
  const relay = new RelayBatch({ ...side, name: "relay", entropy: new SeededEntropy(1), capacity: 2, slotBytes: 256 });
  const input = arena.reserve("input", 8192, 64);
  const output = arena.reserve("output", 8192, 64);

  const region = (address: number, lengthBytes: number): Region => ({ name: "forged", address, lengthBytes });
  const beyond = region(sizeBytes - 64, 4096);
  const below = region(-4096, 8192);
  const plane = (at: Region, width: number, height: number, strideBytes = width): Plane => ({
    region: at,
    width,
    height,
    strideBytes,
  });
  const header = { ssrc: 1, sequenceNumber: 1, timestamp: 1, payloadType: 96 };
  const change = { sourceSsrc: 1, ssrc: 2, sequenceDelta: 0, timestampDelta: 0 };
  const relayed = (count: number, act: () => void): void => {
    relay.count = count;
    try {
      act();
    } finally {
      relay.count = 0;
    }
  };

  /** [what, code, the call] */
  const calls: readonly (readonly [string, string, () => unknown])[] = [
    ["annexb-scan: more than the region", "h264/too-large", () => scanner.scan(input, 8193)],
    ["annexb-scan: a region beyond the arena", "h264/too-large", () => scanner.scan(beyond, 100)],
    ["annexb-scan: a region below the arena", "h264/too-large", () => scanner.scan(below, 100)],
    ["annexb-scan: half a byte", "h264/too-large", () => scanner.scan(input, 1.5)],
    ["h264-packetize: more than the input", "h264/too-large", () => packetizer.packetize(4097, 0)],
    ["h264-packetize: less than nothing", "h264/too-large", () => packetizer.packetize(-1, 0)],
    ["h264-packetize: half a byte", "h264/too-large", () => packetizer.packetize(1.5, 0)],
    ["h264-packetize: a packet before the first", "h264/too-large", () => packetizer.packetize(4, -1)],
    ["rtp-stamp: more than the ring", "rtp/stamp-range", () => stamper.stamp(ring, 0, 9, header)],
    ["rtp-stamp: less than nothing", "rtp/stamp-range", () => stamper.stamp(ring, 0, -1, header)],
    [
      "rtp-stamp: an extension beyond the arena",
      "rtp/stamp-range",
      () => stamper.stamp(ring, 0, 1, header, region(sizeBytes - 4, 8)),
    ],
    [
      "rtp-stamp: an extension larger than the headroom",
      "rtp/stamp-range",
      () => stamper.stamp(ring, 0, 1, header, region(input.address, 120)),
    ],
    ["opus-frame: more than a batch", "opus/batch-range", () => framer.parse(0, 5)],
    ["opus-frame: less than nothing", "opus/batch-range", () => framer.packetize(0, -1)],
    ["rtp-parse: more than a batch", "rtp/batch-range", () => parser.parse(0, 5)],
    ["rtp-parse: less than nothing", "rtp/batch-range", () => parser.parse(0, -1)],
    ["rtp-rewrite: more than was parsed", "rtp/rewrite-range", () => rewriter.rewrite(parser, 0, 3, change, map)],
    ["rtp-rewrite: from before the first", "rtp/rewrite-range", () => rewriter.rewrite(parser, -1, 1, change, map)],
    [
      "picture-format: rows beyond the region",
      "media/plane",
      () => halve(plane(input, 64, 129), plane(output, 32, 64)),
    ],
    [
      "picture-format: a region beyond the arena",
      "media/plane",
      () => halve(plane(beyond, 64, 64), plane(output, 32, 32)),
    ],
    [
      "picture-format: a region below the arena",
      "media/plane",
      () => halve(plane(below, 64, 64), plane(output, 32, 32)),
    ],
    ["picture-format: a negative stride", "media/plane", () => halve(plane(input, 64, 64, -64), plane(output, 32, 32))],
    ["sample-format: more than the region", "kernel/range", () => sounds.toFloat(input, output, 2049)],
    ["sample-format: a region beyond the arena", "kernel/range", () => sounds.toInteger(beyond, output, 8)],
    ["sample-format: less than nothing", "kernel/range", () => sounds.toFloat(input, output, -4)],
    ["block-difference: rows beyond the region", "media/plane", () => compare(plane(input, 64, 129))],
    ["block-difference: a region beyond the arena", "media/plane", () => compare(plane(beyond, 64, 64))],
    ["block-difference: a larger picture than the table", "vision/too-large", () => compare(plane(input, 80, 80))],
    ["band-energies: more than a batch", "speech/frames", () => voice.measure(input, 3)],
    ["band-energies: less than nothing", "speech/frames", () => voice.measure(input, -1)],
    ["band-energies: a region beyond the arena", "kernel/range", () => voice.measure(beyond, 2)],
    ["stun-verify: beyond the arena", "kernel/range", () => verifier.verify(sizeBytes - 10, 20, undefined)],
    ["stun-verify: below the arena", "kernel/range", () => verifier.verify(-20, 20, undefined)],
    [
      "turn-frame: a longer packet than a slot",
      "turn/packet-range",
      () => relay.setReceived(0, 189, 0, 0, 0, 0, 0, 0, 0),
    ],
    ["turn-frame: a slot that there is not", "turn/packet-range", () => relay.setReceived(2, 1, 0, 0, 0, 0, 0, 0, 0)],
    ["turn-frame: reading more than a batch", "turn/packet-range", () => relayed(3, () => relay.unframe())],
    ["turn-frame: writing less than nothing", "turn/packet-range", () => relayed(-1, () => relay.frame())],
  ];

  function halve(from: Plane, to: Plane): void {
    pictures.halve(from, to);
  }

  function compare(current: Plane): void {
    motion.compare(current, current, 10);
  }

  /** [what, code, a face that cannot be] */
  const faces: readonly (readonly [string, string, () => unknown])[] = [
    ["annexb-scan", "kernel/count", () => new AnnexbScanner({ ...side, maxNalUnits: -1 })],
    ["h264-packetize", "kernel/count", () => new H264Packetizer({ ...side, ring, maxNalUnits: -1 })],
    ["h264-packetize, its input", "kernel/count", () => new H264Packetizer({ ...side, ring, maxAccessUnitBytes: -1 })],
    ["opus-frame", "opus/batch-range", () => new OpusFramer({ ...side, ring, maxBatch: 9 })],
    ["opus-frame, its input", "kernel/count", () => new OpusFramer({ ...side, ring, maxBatch: 4, maxInputBytes: -1 })],
    ["rtp-parse", "rtp/batch-range", () => new RtpBatchParser({ ...side, ring, maxBatch: 9 })],
    ["rtp-rewrite", "kernel/count", () => new RtpRewriter({ ...side, maxMaps: 1.5 })],
    ["block-difference", "kernel/count", () => new BlockDifference({ ...side, maxWidth: -64, maxHeight: -64 })],
    ["band-energies", "speech/frames", () => new BandEnergies({ ...side, maxFrames: 0 })],
    ["turn-frame", "turn/batch-size", () => relayOf({ capacity: 0 })],
    ["turn-frame, its slots", "turn/batch-size", () => relayOf({ slotBytes: 100 })],
  ];

  function relayOf(size: { readonly capacity?: number; readonly slotBytes?: number }): RelayBatch {
    return new RelayBatch({ ...side, name: "more", entropy: new SeededEntropy(1), ...size });
  }

  // A batch before, whose answers must stay.
  arena.bytesOf(input).set([0, 0, 1, 0x41, 7]);
  scanner.scan(input, 5);
  ring.writePayload(0, Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1), 0);
  parser.parse(0, 1);
  const answers = (): readonly number[] => [scanner.count, scanner.lengthBytes(0), parser.count, parser.ssrc(0)];

  test.each(calls)("%s: %s", (_, code, call) => {
    const before = [fnv1a(arena.memory.bytes), ...answers()];
    expect(call).toThrow(expect.objectContaining({ code }));
    expect([fnv1a(arena.memory.bytes), ...answers()]).toEqual(before);
  });

  test.each(faces)("%s of a size that cannot be: %s", (_, code, build) => {
    const before = arena.freeBytes;
    expect(build).toThrow(expect.objectContaining({ code }));
    expect(arena.freeBytes).toBe(before);
  });
});
