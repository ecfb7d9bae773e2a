// H.264 as a track's payload writer: the two counted crossings of encoded video, native → arena → packet slot.
import { FloeError } from "../../error/floe-error.js";
import type { CrossingCounters, PayloadWriter, WrittenFrame } from "../../rtp/payload-writer.js";
import type { H264Packetizer } from "./h264-packetizer.js";

/** The RTP clock of H.264 (RFC 6184 8.2.1). */
export const H264_CLOCK_RATE_HZ = 90_000;

/** Writes Annex B access units through a packetizer. */
export class H264PayloadWriter implements PayloadWriter {
  readonly crossings: CrossingCounters = { nativeToArenaBytes: 0, arenaToSlotBytes: 0 };
  readonly #packetizer: H264Packetizer;

  constructor(packetizer: H264Packetizer) {
    this.#packetizer = packetizer;
  }

  write(data: Uint8Array, firstIndex: number, inFront?: Uint8Array): WrittenFrame {
    const { inputBytes } = this.#packetizer;
    const inFrontBytes = inFront === undefined ? 0 : inFront.length;
    const length = inFrontBytes + data.length;
    if (length > inputBytes.length) {
      throw new FloeError("h264/too-large", `an access unit of ${length} bytes, room for ${inputBytes.length}`);
    }
    if (inFront !== undefined) {
      inputBytes.set(inFront);
    }
    inputBytes.set(data, inFrontBytes);
    this.crossings.nativeToArenaBytes += length;
    const result = this.#packetizer.packetize(length, firstIndex);
    this.crossings.arenaToSlotBytes += result.payloadBytes;
    return result;
  }
}
