// Stage: Opus packets to RTP packets (RFC 7587).
import { SlotRing } from "../kernel/slot-ring.js";
import { OPUS_CLOCK_RATE_HZ, opusPayloadWriter } from "../payload/opus/opus-payload.js";
import type { Emit, Processor } from "../stream/adapter.js";
import { EncodedAudio, type EncodedAudioPacket } from "../stream/media-packet.js";
import type { PacketKind } from "../stream/packet.js";
import { PlainRtpAudio, RtpAudio, type RtpAudioPacket } from "./rtp-media.js";
import { RtpOutput, type RtpOutputCounters, type RtpOutputOptions, requireCodec } from "./rtp-output.js";

/** A packet is gone again when its call returns, so two slots (the least there is) do. */
const SLOT_COUNT = 2;

/** Emits one RTP packet for each Opus packet within the call, lent. Takes 4 KiB from the arena for good. */
export class OpusToRtp implements Processor<EncodedAudioPacket, RtpAudioPacket> {
  readonly name = "opus-to-rtp";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<EncodedAudioPacket>[] = [EncodedAudio];
  readonly emits: readonly PacketKind<RtpAudioPacket>[] = [RtpAudio];
  readonly #output: RtpOutput;

  /** `payloadType` is 111 by default. Throws `kernel/arena-full`, `kernel/foreign-memory`. */
  constructor(options: RtpOutputOptions) {
    const slots = new SlotRing(options.arena, { name: this.name, slotCount: SLOT_COUNT });
    this.#output = new RtpOutput(
      { payloadType: 111, ...options },
      { slots, writer: opusPayloadWriter(slots), clockRateHz: OPUS_CLOCK_RATE_HZ },
    );
  }

  /** What it did so far. */
  get counters(): Readonly<RtpOutputCounters> {
    return this.#output.counters;
  }

  /** Throws FloeError `stage/codec` for sound that is not Opus. */
  process({ codec, data, timeUs }: EncodedAudioPacket, emit: Emit<RtpAudioPacket>): void {
    requireCodec(this.name, "opus", codec);
    this.#output.write(data, timeUs, (packet) => emit(new PlainRtpAudio({ data: packet, timeUs })));
  }
}
