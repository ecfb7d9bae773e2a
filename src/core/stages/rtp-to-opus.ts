// Stage: RTP packets to Opus packets (RFC 7587), in order of their sequence numbers. Every packet stands for itself: what is
// lost is silence for the decoder to fill, told by the times of its neighbours.
import { opusDurationUs } from "../payload/opus/opus-duration.js";
import { OPUS_CLOCK_RATE_HZ } from "../payload/opus/opus-payload.js";
import type { Emit, Processor } from "../stream/adapter.js";
import { PlainEncodedAudio } from "../stream/encoded-packet.js";
import { EncodedAudio, type EncodedAudioPacket } from "../stream/media-packet.js";
import type { PacketKind } from "../stream/packet.js";
import { RtpInput, type RtpInputCounters, type RtpInputOptions } from "./rtp-input.js";
import { RtpAudio, type RtpAudioPacket } from "./rtp-media.js";

/** What a depacketizing stage has seen. */
export type RtpToOpusCounters = {
  readonly rtp: Readonly<RtpInputCounters>;
  /** Opus packets handed on. */
  readonly frames: number;
  /** Payloads that are no Opus packet (RFC 6716 3). */
  readonly malformed: number;
};

/** Emits one Opus packet for each RTP packet within the call, lent. Nothing that the network brings makes it throw. */
export class RtpToOpus implements Processor<RtpAudioPacket, EncodedAudioPacket> {
  readonly name = "rtp-to-opus";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<RtpAudioPacket>[] = [RtpAudio];
  readonly emits: readonly PacketKind<EncodedAudioPacket>[] = [EncodedAudio];
  readonly #input: RtpInput;
  #frames = 0;
  #malformed = 0;

  constructor(options: RtpInputOptions = {}) {
    this.#input = new RtpInput(options, OPUS_CLOCK_RATE_HZ);
  }

  /** A snapshot. */
  get counters(): RtpToOpusCounters {
    return { rtp: { ...this.#input.counters }, frames: this.#frames, malformed: this.#malformed };
  }

  process({ data, timeUs }: RtpAudioPacket, emit: Emit<EncodedAudioPacket>): void {
    const packet = this.#input.take(data, timeUs);
    if (packet === undefined) {
      return;
    }
    const { payload } = packet;
    const durationUs = opusDurationUs(payload);
    if (durationUs === 0) {
      this.#malformed++;
      return;
    }
    this.#frames++;
    emit(new PlainEncodedAudio({ codec: "opus", data: payload, timeUs: this.#input.timeUs, durationUs }));
  }
}
