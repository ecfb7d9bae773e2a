// Stage: H.264 access units to RTP packets (RFC 6184, packetization-mode 1).
import { SlotRing } from "../kernel/slot-ring.js";
import { H264Packetizer } from "../payload/h264/h264-packetizer.js";
import { H264_CLOCK_RATE_HZ, H264PayloadWriter } from "../payload/h264/h264-payload-writer.js";
import type { Emit, Processor } from "../stream/adapter.js";
import { EncodedVideo, type EncodedVideoPacket } from "../stream/media-packet.js";
import type { PacketKind } from "../stream/packet.js";
import { PlainRtpVideo, RtpVideo, type RtpVideoPacket } from "./rtp-media.js";
import { RtpOutput, type RtpOutputCounters, type RtpOutputOptions, requireCodec } from "./rtp-output.js";

/** Who the stream is, and its bounds. The defaults take 3.2 MiB of the arena. */
export type H264ToRtpOptions = RtpOutputOptions & {
  /** The largest RTP payload in bytes, 3 to 1920. Default 1200. */
  readonly maxPayloadBytes?: number;
  /** The largest access unit; larger ones are dropped and counted. Default 1 MiB. */
  readonly maxAccessUnitBytes?: number;
  /** Most packets of one access unit: a power of two, 2 KiB of the arena each. Default 1024. */
  readonly slotCount?: number;
};

/** Emits the packets of each access unit within the call, lent. Takes memory from the arena for good. */
export class H264ToRtp implements Processor<EncodedVideoPacket, RtpVideoPacket> {
  readonly name = "h264-to-rtp";
  readonly retention = "borrowed" as const;
  readonly accepts: readonly PacketKind<EncodedVideoPacket>[] = [EncodedVideo];
  readonly emits: readonly PacketKind<RtpVideoPacket>[] = [RtpVideo];
  readonly #output: RtpOutput;

  /** `payloadType` is 96 by default. Throws `kernel/arena-full`, `kernel/foreign-memory`, `kernel/slot-count`, `h264/payload-size`. */
  constructor({ slotCount = 1024, maxPayloadBytes, maxAccessUnitBytes, ...options }: H264ToRtpOptions) {
    const { kernels, arena } = options;
    const ring = new SlotRing(arena, { name: this.name, slotCount });
    const packetizer = new H264Packetizer({
      kernels,
      arena,
      ring,
      ...(maxPayloadBytes === undefined ? {} : { maxPayloadBytes }),
      ...(maxAccessUnitBytes === undefined ? {} : { maxAccessUnitBytes }),
    });
    this.#output = new RtpOutput(
      { payloadType: 96, ...options },
      { slots: ring, writer: new H264PayloadWriter(packetizer), clockRateHz: H264_CLOCK_RATE_HZ },
    );
  }

  /** What it did so far. */
  get counters(): Readonly<RtpOutputCounters> {
    return this.#output.counters;
  }

  /** Throws FloeError `stage/codec` for video that is not H.264. */
  process({ codec, data, parameterSets, timeUs }: EncodedVideoPacket, emit: Emit<RtpVideoPacket>): void {
    requireCodec(this.name, "h264", codec);
    const send = (packet: Uint8Array): void => emit(new PlainRtpVideo({ data: packet, timeUs }));
    this.#output.write(data, timeUs, send, parameterSets);
  }
}
