// One received section: its RTP receiver, the stage that makes pictures or sound of its packets, and what both can tell.
import type { MediaClock } from "../rtp/receive/media-clock.js";
import type { ReceivedPacket } from "../rtp/receive/received-packet.js";
import type { RtpIntake } from "../rtp/receive/rtp-intake.js";
import type { RtpReceiver } from "../rtp/receive/rtp-receiver.js";
import type { RtpReceiverOptions, RtpReceiverReport } from "../rtp/receive/rtp-receiver-options.js";
import type { SendPacket } from "../rtp/rtp-sender.js";
import type { RtpInputOptions } from "../stages/rtp-input.js";
import { PlainRtpAudio, PlainRtpVideo } from "../stages/rtp-media.js";
import { RtpToH264 } from "../stages/rtp-to-h264.js";
import { RtpToOpus } from "../stages/rtp-to-opus.js";
import { RtpToVp8 } from "../stages/rtp-to-vp8.js";
import type { EncodedAudioPacket, EncodedVideoPacket } from "../stream/media-packet.js";
import type { Micros } from "../time/units.js";
import type { MediaSectionPlan } from "./negotiation-plan.js";
import { offeredParameterSets } from "./offered-parameter-sets.js";
import { ReceiveRate } from "./receive-rate.js";
import { receivedSources } from "./received-sources.js";

/** What a track is made of. */
export type ReceivedTrackOptions = {
  readonly section: MediaSectionPlan;
  readonly intake: RtpIntake;
  readonly clock: MediaClock;
  readonly localSsrc: number;
  readonly cname: string;
  readonly sendRtcp: SendPacket;
  /** Changes of the receiver's defaults: bounds of the delay, of the estimate, of asking. */
  readonly receiver: Partial<RtpReceiverOptions>;
  readonly nowUs: () => Micros;
  /** Takes what came out; in the call. */
  readonly emit: (packet: EncodedVideoPacket | EncodedAudioPacket) => void;
};

/** A track in numbers. Plain JSON. */
export type ReceivedTrackReport = {
  readonly mid: string;
  readonly kind: "video" | "audio";
  /** `h264`, `vp8`, `opus`. */
  readonly codec: string;
  /** Pixels of the newest key frame; absent before the first, and for sound. */
  readonly width?: number;
  readonly height?: number;
  /** Pictures (or pieces of sound) a second, over the last two. */
  readonly fps: number;
  readonly bitrateBps: number;
  /** Pictures or pieces of sound that were handed on. */
  readonly frames: number;
  readonly keyFrames: number;
  /** Pictures of which something came, but which were not handed on. */
  readonly droppedFrames: number;
  /** Given up of all packets, 0..1. */
  readonly fractionLost: number;
  /** Since the last packet, milliseconds; undefined before the first. */
  readonly silentMs: number | undefined;
  readonly rtp: RtpReceiverReport;
};

type VideoStage = RtpToH264 | RtpToVp8;

/** One section. Its times are the shared clock's. */
export class ReceivedTrack {
  readonly mid: string;
  readonly kind: "video" | "audio";
  readonly #options: ReceivedTrackOptions;
  readonly #receiver: RtpReceiver;
  readonly #rate = new ReceiveRate();
  readonly #video: VideoStage | undefined;
  readonly #audio: RtpToOpus | undefined;
  #size: { readonly width: number; readonly height: number } | undefined;
  #heardUs: Micros | undefined;

  constructor(options: ReceivedTrackOptions) {
    this.#options = options;
    const { section, intake } = options;
    this.mid = section.mid;
    this.kind = section.media;
    const input = { payloadType: section.codec.payloadType, times: "packets" } as const;
    if (section.media === "audio") {
      this.#audio = new RtpToOpus(input);
    } else {
      const stage = section.codec.capability.name === "vp8" ? new RtpToVp8(input) : h264Stage(section, input);
      stage.keyFrameNeeded.on(() => this.requestKeyFrame());
      stage.formatChanged.on(({ width, height }) => {
        this.#size = { width, height };
      });
      this.#video = stage;
    }
    this.#receiver = intake.open(receiverOptions(options, (packet) => this.#take(packet)));
  }

  /** Whether anything has come. */
  get isHeard(): boolean {
    return this.#heardUs !== undefined;
  }

  /** A picture to begin with is needed; asked for until it comes, at most every 500 ms. Nothing for sound. */
  requestKeyFrame(): void {
    if (this.#video !== undefined) {
      this.#receiver.requestKeyFrame(this.#options.nowUs());
    }
  }

  /** Hands on what waits, and gives up the picture that is under way. */
  flush(): void {
    this.#receiver.flush();
    this.#video?.stop();
  }

  /** A snapshot. */
  report(): ReceivedTrackReport {
    const nowUs = this.#options.nowUs();
    const { pictures, bits } = this.#rate.at(nowUs);
    const rtp = this.#receiver.report();
    const counted = rtp.handed + rtp.lost;
    const { frames, keyFrames, droppedFrames } = this.#counted();
    return {
      mid: this.mid,
      kind: this.kind,
      codec: this.#options.section.codec.capability.name,
      ...this.#size,
      fps: pictures,
      bitrateBps: bits,
      frames,
      keyFrames,
      droppedFrames,
      fractionLost: counted === 0 ? 0 : rtp.lost / counted,
      silentMs: this.#heardUs === undefined ? undefined : (nowUs - this.#heardUs) / 1000,
      rtp,
    };
  }

  #take(packet: ReceivedPacket): void {
    const data = packet.bytes;
    const { timeUs, arrivalUs } = packet;
    this.#heardUs = arrivalUs;
    this.#rate.packet(data.length, this.#options.nowUs());
    this.#audio?.process(new PlainRtpAudio({ data, timeUs }), this.#handOn);
    this.#video?.process(new PlainRtpVideo({ data, timeUs }), this.#handOn);
  }

  readonly #handOn = (packet: EncodedVideoPacket | EncodedAudioPacket): void => {
    this.#rate.picture(this.#options.nowUs());
    if ("isKey" in packet && packet.isKey) {
      this.#receiver.keyFrameCame();
    }
    this.#options.emit(packet);
  };

  #counted(): Pick<ReceivedTrackReport, "frames" | "keyFrames" | "droppedFrames"> {
    if (this.#video === undefined) {
      return { frames: this.#audio?.counters.frames ?? 0, keyFrames: 0, droppedFrames: 0 };
    }
    const { pictures, keyFrames, dropped } = this.#video.counters;
    return { frames: pictures, keyFrames, droppedFrames: Object.values(dropped).reduce((sum, some) => sum + some, 0) };
  }
}

/** Knows the parameter sets that the offer brings. */
function h264Stage({ offered, codec }: MediaSectionPlan, input: RtpInputOptions): RtpToH264 {
  const stage = new RtpToH264(input);
  for (const set of offeredParameterSets(offered, codec.payloadType)) {
    stage.rememberParameterSet(set);
  }
  return stage;
}

/** What was negotiated, as the receiver takes it. */
function receiverOptions(
  { section, clock, localSsrc, cname, sendRtcp, receiver }: ReceivedTrackOptions,
  packet: (packet: ReceivedPacket) => void,
): RtpReceiverOptions {
  const { codec, offered } = section;
  const { payloadType, rtxPayloadType, clockRateHz, feedback } = codec;
  const { ssrc, rtxSsrc } = receivedSources(offered);
  const has = (name: string): boolean => feedback.includes(name);
  const rtx =
    rtxPayloadType === undefined
      ? undefined
      : { payloadType: rtxPayloadType, ...(rtxSsrc === undefined ? {} : { ssrc: rtxSsrc }) };
  return {
    clockRateHz,
    payloadTypes: [payloadType],
    localSsrc,
    cname,
    clock,
    packet,
    sendRtcp,
    ...(ssrc === undefined ? {} : { ssrc }),
    ...(rtx === undefined ? {} : { rtx }),
    keyFrameRequest: has("nack pli") || !has("ccm fir") ? "pli" : "fir",
    rtcpMode: offered.rtcpReducedSize ? "reduced-size" : "compound",
    ...receiver,
    ...(has("nack") ? {} : { maxAsks: 0 }),
    ...(has("goog-remb") ? { estimate: receiver.estimate ?? {} } : {}),
  };
}
