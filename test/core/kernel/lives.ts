// Fixed lives of the kernels behind their faces, from a seed: what an arena looks like at their end is the same in every
// runtime, on every kind of memory, for kernels and twins.
import { SlotRing } from "../../../src/core/kernel/slot-ring.js";
import type { Plane } from "../../../src/core/media/plane.js";
import { RtpBatchParser } from "../../../src/core/rtp/batch/rtp-batch-parser.js";
import { RtpRewriter } from "../../../src/core/rtp/batch/rtp-rewriter.js";
import { BlockDifference } from "../../../src/core/vision/block-difference.js";
import { SeededRandom } from "../../sim/seeded-random.js";
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
