// The tracks of one opening of a source: a packet ring for each medium, in the codec that viewers get.
import { G711_CLOCK_RATE_HZ, g711PayloadWriter, splitG711 } from "../../../../core/payload/g711/g711-payload.js";
import { H264PayloadWriter } from "../../../../core/payload/h264/h264-payload-writer.js";
import { OPUS_CLOCK_RATE_HZ, opusPayloadWriter } from "../../../../core/payload/opus/opus-payload.js";
import { EncodedTrack } from "../../../../core/rtp/encoded-track.js";
import { MediaAnchor } from "../../../../core/rtp/media-anchor.js";
import { PacketRing } from "../../../../core/rtp/packet-ring.js";
import type { ChoosingSink } from "../../../../core/stream/fits.js";
import {
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
} from "../../../../core/stream/media-packet.js";
import type { Clock } from "../../../../core/time/clock.js";
import type { StreamedCodecs } from "../../../../core/webrtc/negotiation-capabilities.js";
import type { StreamMemory } from "./stream-memory.js";

/** Tracks, and the sinks through which packets get into them. */
export class LiveTracks {
  readonly video: EncodedTrack | undefined;
  readonly audio: EncodedTrack | undefined;
  /** Packets of a codec that their track is not in. */
  readonly counters = { foreign: 0 };
  readonly #codecs: StreamedCodecs;
  readonly #clock: Clock;

  constructor(codecs: StreamedCodecs, { memory, clock }: { readonly memory: StreamMemory; readonly clock: Clock }) {
    this.#codecs = codecs;
    this.#clock = clock;
    // One anchor for both, so that receivers play them in step.
    const anchor = new MediaAnchor();
    this.video = codecs.video === undefined ? undefined : videoTrack(memory, anchor);
    this.audio = codecs.audio === undefined ? undefined : audioTrack(codecs.audio, memory, anchor);
  }

  /** Those that there are. */
  get all(): EncodedTrack[] {
    return [this.video, this.audio].filter((track) => track !== undefined);
  }

  /** Where pictures go. */
  videoSink(track: EncodedTrack): ChoosingSink<EncodedVideoPacket> {
    return {
      name: "video-ring",
      accepts: [EncodedVideo],
      write: ({ codec, data, parameterSets, timeUs }) => {
        if (codec !== this.#codecs.video) {
          this.counters.foreign++;
        } else {
          track.write(data, timeUs, this.#clock.nowUs(), parameterSets);
        }
      },
    };
  }

  /** Where sound goes. */
  audioSink(track: EncodedTrack): ChoosingSink<EncodedAudioPacket> {
    return {
      name: "audio-ring",
      accepts: [EncodedAudio],
      write: ({ codec, data, timeUs }) => {
        if (codec !== this.#codecs.audio) {
          this.counters.foreign++;
        } else if (codec === "opus") {
          track.write(data, timeUs, this.#clock.nowUs());
        } else {
          splitG711(data, timeUs, (piece, pieceUs) => track.write(piece, pieceUs, this.#clock.nowUs()));
        }
      },
    };
  }
}

function videoTrack({ videoSlots, packetizer }: StreamMemory, anchor: MediaAnchor): EncodedTrack {
  return new EncodedTrack({
    kind: "video",
    encodingName: "H264",
    clockRateHz: 90_000,
    ring: new PacketRing(videoSlots),
    writer: new H264PayloadWriter(packetizer),
    anchor,
  });
}

function audioTrack(codec: "opus" | "pcmu" | "pcma", { audioSlots }: StreamMemory, anchor: MediaAnchor): EncodedTrack {
  const isOpus = codec === "opus";
  return new EncodedTrack({
    kind: "audio",
    encodingName: isOpus ? "opus" : codec.toUpperCase(),
    clockRateHz: isOpus ? OPUS_CLOCK_RATE_HZ : G711_CLOCK_RATE_HZ,
    ring: new PacketRing(audioSlots),
    writer: isOpus ? opusPayloadWriter(audioSlots) : g711PayloadWriter(audioSlots),
    anchor,
  });
}
