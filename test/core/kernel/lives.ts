// Fixed lives of the kernels behind their faces, from a seed: what an arena looks like at their end is the same in every
// runtime, on every kind of memory, for kernels and twins.
import { SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { PictureConverter } from "../../../src/core/media/picture-converter.js";
import type { Plane } from "../../../src/core/media/plane.js";
import { SampleConverter } from "../../../src/core/media/sample-converter.js";
import { OpusFramer } from "../../../src/core/payload/opus/opus-framer.js";
import { RtpBatchParser } from "../../../src/core/rtp/batch/rtp-batch-parser.js";
import { RtpRewriter } from "../../../src/core/rtp/batch/rtp-rewriter.js";
import { BandEnergies } from "../../../src/core/speech/band-energies.js";
import { BlockDifference } from "../../../src/core/vision/block-difference.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawOpus } from "../payload/opus/opus-noise.js";
import { drawPacket } from "../rtp/batch/rtp-noise.js";
import type { Bench } from "./memories.js";

/** A relay: received batches of every kind of packet, each rewritten for two viewers. */
export function relayLife({ arena, kernels }: Bench): void {
  const random = new SeededRandom(20_261_128);
  const ring = new SlotRing(arena, { name: "received", slotCount: 64 });
  const parser = new RtpBatchParser({ kernels, arena, ring, stripExtensions: true });
  for (let column = 0; column < 5; column++) {
    parser.setColumn(1 + column, column);
  }
  const rewriter = new RtpRewriter({ kernels, arena });
  const maps = [13, 14].map((hiddenExtensionId) => {
    const map = rewriter.openMap({ hiddenExtensionId });
    map.setPayloadType(96, 100 + hiddenExtensionId);
    map.setExtensionId(2, 7);
    return map;
  });
  for (let batch = 0; batch < 40; batch++) {
    const count = 1 + random.integer(64);
    for (let i = 0; i < count; i++) {
      ring.writePayload(batch * 64 + i, drawPacket(random), 0);
    }
    parser.parse(batch * 64, count);
    for (const [viewer, map] of maps.entries()) {
      const change = { sourceSsrc: viewer, ssrc: 0xf10e + viewer, sequenceDelta: batch, timestampDelta: -batch };
      rewriter.rewrite(parser, 0, count, change, map);
    }
  }
}

/** A camera's pictures, each compared with the one before it. */
export function motionLife({ arena, kernels }: Bench): void {
  const random = new SeededRandom(20_261_129);
  const [width, height, strideBytes] = [150, 90, 160];
  const planes = [0, 1].map((i) => {
    const region = arena.reserve(`picture ${i}`, height * strideBytes);
    return { region, width, height, strideBytes };
  });
  const difference = new BlockDifference({ kernels, arena, maxWidth: width, maxHeight: height * 4 });
  for (let picture = 0; picture < 4; picture++) {
    const [now, then] = [planes[picture & 1], planes[1 - (picture & 1)]] as [Plane, Plane];
    arena.bytesOf(now.region).set(random.bytes(height * strideBytes));
    difference.compare(now, then, 30 * picture);
  }
}

/** A listener: Opus in and out of slots, and sound as integers, floats and energies. */
export function soundLife({ arena, kernels }: Bench): void {
  const random = new SeededRandom(20_261_130);
  const ring = new SlotRing(arena, { name: "audio", slotCount: 64 });
  const framer = new OpusFramer({ kernels, arena, ring });
  for (let batch = 0; batch < 20; batch++) {
    for (let i = 0; i < 20; i++) {
      ring.writePayload(batch * 20 + i, drawOpus(random), 0);
    }
    framer.parse(batch * 20, 20);
    let at = 0;
    for (let i = 0; i < 10; i++) {
      const packet = Uint8Array.of(0xf8 | random.integer(2), ...random.bytes(2 * random.integer(90)));
      framer.inputBytes.set(packet, at);
      framer.lengths[i] = packet.length;
      at += packet.length;
    }
    framer.packetize(batch * 20 + 5, 10);
  }
  const bands = new BandEnergies({ kernels, arena, maxFrames: 4 });
  const integers = arena.reserve("integers", 2 * 960 * 4);
  const floats = arena.reserve("floats", 4 * 960 * 4);
  const converter = new SampleConverter({ kernels, arena });
  for (let round = 0; round < 5; round++) {
    const noise = random.bytes(floats.lengthBytes);
    arena.bytesOf(floats).set(noise.map((byte, i) => (i % 4 === 3 ? 0x3e | (byte & 0x80) : byte)));
    converter.toInteger(floats, integers, 960 * 4 - round);
    bands.measure(integers, 4);
    converter.toFloat(integers, floats, 960 * 2 + round);
  }
}

/** A picture from NV12 to I420 and back, and its luma ever smaller. */
export function pictureLife({ arena, kernels }: Bench): void {
  const random = new SeededRandom(20_261_131);
  const converter = new PictureConverter({ kernels, arena });
  const planeOf = (name: string, width: number, height: number, strideBytes: number): Plane => {
    const region = arena.reserve(name, height * strideBytes);
    arena.bytesOf(region).set(random.bytes(region.lengthBytes));
    return { region, width, height, strideBytes };
  };
  const nv12 = { luma: planeOf("luma", 99, 61, 101), chroma: planeOf("chroma", 100, 31, 103) };
  const [u, v] = [planeOf("u", 50, 31, 50), planeOf("v", 50, 31, 57)];
  const i420 = { luma: planeOf("luma out", 99, 61, 99), u, v };
  converter.nv12ToI420(nv12, i420);
  converter.i420ToNv12(i420, { luma: planeOf("luma back", 99, 61, 128), chroma: planeOf("chroma back", 100, 31, 128) });
  for (let plane = i420.luma; plane.width > 1; ) {
    const [width, height] = [(plane.width + 1) >> 1, (plane.height + 1) >> 1];
    const half = planeOf(`${width} wide`, width, height, width + 1);
    converter.halve(plane, half);
    plane = half;
  }
}
