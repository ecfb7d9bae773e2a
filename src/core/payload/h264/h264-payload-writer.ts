// H.264 as a track's payload writer: the two counted crossings of encoded video, native → arena → packet slot.
import { FloeError } from "../../error/floe-error.js";
import type { CrossingCounters, PayloadWriter, WrittenFrame } from "../../rtp/payload-writer.js";
import type { H264Packetizer } from "./h264-packetizer.js";

/** Writes Annex B access units through a packetizer. */
export class H264PayloadWriter implements PayloadWriter {
  readonly crossings: CrossingCounters = { nativeToArenaBytes: 0, arenaToSlotBytes: 0 };
  readonly #packetizer: H264Packetizer;

  constructor(packetizer: H264Packetizer) {
    this.#packetizer = packetizer;
  }

  write(data: Uint8Array, firstIndex: number): WrittenFrame {
    const { inputBytes } = this.#packetizer;
    if (data.length > inputBytes.length) {
      throw new FloeError("h264/too-large", `an access unit of ${data.length} bytes, room for ${inputBytes.length}`);
    }
    inputBytes.set(data);
    this.crossings.nativeToArenaBytes += data.length;
    const result = this.#packetizer.packetize(data.length, firstIndex);
    this.crossings.arenaToSlotBytes += result.payloadBytes;
    return result;
  }
}
