// What the workers of the thread tests serve: one half for each contract, whatever the runtime.
import { type HopContract, hopContract } from "../../../../src/core/stream/hop/hop-contract.js";
import type { HopPort } from "../../../../src/core/stream/hop/hop-port.js";
import { serveHop } from "../../../../src/core/stream/hop/serve-hop.js";
import {
  AudioFrame,
  type AudioFramePacket,
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
  VideoFrame,
  type VideoFramePacket,
} from "../../../../src/core/stream/media-packet.js";
import { RawPacket } from "../../../../src/core/stream/raw-packet.js";
import { Deferred, textOf } from "../kit.js";
import { type BoxPacket, boxCodec } from "./kit.js";

type Any = RawPacket | EncodedVideoPacket | EncodedAudioPacket | VideoFramePacket | AudioFramePacket | BoxPacket;

const every = {
  kinds: [RawPacket.kind, EncodedVideo, EncodedAudio, VideoFrame, AudioFrame, boxCodec],
  capacity: 64,
  whenFull: "drop-newest",
} as const;

/** Everything goes there and back. */
export const echo: HopContract<Any, Any> = hopContract({ name: "echo", to: every, back: every });
/** Through a small ring. */
export const narrow: HopContract<RawPacket, RawPacket> = hopContract({
  name: "narrow",
  to: { kinds: [RawPacket.kind], capacity: 5000, whenFull: "drop-newest" },
  back: { kinds: [RawPacket.kind], capacity: 4, whenFull: "drop-newest" },
  ringBytes: 16_384,
});
/** Keeps packets until it is stopped; does what the text of a packet says. */
export const moody: HopContract<RawPacket, RawPacket> = hopContract({ ...narrow, name: "moody" });

/** Serves all of them. */
export function serveHalves(port: HopPort): void {
  serveHop(port, echo, (input) => input);
  serveHop(port, narrow, (input) => input);
  serveHop(port, moody, (input) => input.via(new Moody("moody")));
}

class Moody extends Deferred {
  override process(packet: RawPacket, emit: (packet: RawPacket) => void): void {
    switch (textOf(packet)) {
      case "throw":
        throw new RangeError("as I was told");
      case "crash":
        setTimeout(() => {
          throw new Error("nobody catches this");
        }, 0);
        break;
      default:
        super.process(packet, emit);
    }
  }
}
