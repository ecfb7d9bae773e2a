// The sending half of a publisher: a clip's pictures and sound as RTP, each at its time, with sender reports; what is asked for is sent
// again by RTX (RFC 4588). On whatever clock it is given.
import { type Clock, type Micros, parseRtcp } from "floe";
import { writeSenderReport } from "../../../src/core/rtp/rtcp/rtcp-write.js";
import { toNtp } from "../../../src/core/time/ntp.js";
import { type ClipPayloads, PICTURES_PER_SECOND } from "./clip-payloads.js";

const VIDEO = { payloadType: 102, clockRateHz: 90_000 };
const RTX = { payloadType: 103 };
const AUDIO = { payloadType: 111, clockRateHz: 48_000 };

const REPORT_EVERY_US: Micros = 1_000_000;
const PICTURE_TICKS = VIDEO.clockRateHz / PICTURES_PER_SECOND;
const SOUND_US: Micros = 20_000;
const SOUND_TICKS = 960;
/** Video packets that can be sent again: a power of two. */
const HISTORY = 1024;

/** What a sender is made of. */
export type ClipSenderOptions = {
  readonly clip: ClipPayloads;
  readonly clock: Clock;
  /** The bytes are the receiver's; they may be sent again. */
  readonly send: (packet: Uint8Array) => void;
  /** The first of three sources, one behind the other: pictures, what is sent again, sound. */
  readonly ssrc: number;
  /** So long after the start a request for a key frame is answered. Default for ever. */
  readonly keyFramesUntilUs?: Micros;
  /** A picture was sent: its place in the clip, and when, Unix milliseconds. */
  readonly pictureSent?: (index: number, atMs: number) => void;
};

/** What a transport contributes to an offer. */
export type OfferedTransport = {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: { readonly algorithm: string; readonly value: string };
};

/** What was sent of one source. */
type Sent = { readonly ssrc: number; readonly payloadType: number; sequence: number; packets: number; octets: number };

/** Sends from `start` to `stop`. The clip begins anew at its end, and when a key frame is asked for. */
export class ClipSender {
  /** What was sent, without what was sent again. */
  readonly counters = { pictures: 0, sounds: 0 };
  readonly #options: ClipSenderOptions;
  /** Both numbers wrap soon. */
  readonly #video: Sent;
  readonly #audio: Sent;
  readonly #history: (Uint8Array | undefined)[] = new Array(HISTORY);
  #timers: Disposable[] = [];
  #startUs: Micros = 0;
  #picture = 0;
  #rtxSequence = 0;

  constructor(options: ClipSenderOptions) {
    this.#options = options;
    const { ssrc } = options;
    this.#video = { ssrc, payloadType: VIDEO.payloadType, sequence: 65_000, packets: 0, octets: 0 };
    this.#audio = { ssrc: ssrc + 2, payloadType: AUDIO.payloadType, sequence: 65_500, packets: 0, octets: 0 };
  }

  /** The sources of pictures and sound. */
  get sources(): { readonly video: number; readonly audio: number } {
    return { video: this.#video.ssrc, audio: this.#audio.ssrc };
  }

  /** An offer with the transport's parameters: pictures are section "0", sound is "1". */
  offer({ iceUfrag, icePwd, fingerprint }: OfferedTransport): string {
    const { ssrc } = this.#options;
    const common = ["c=IN IP4 0.0.0.0", "a=sendonly", "a=rtcp-mux", "a=rtcp-rsize"];
    const lines = [
      "v=0",
      "o=- 1 1 IN IP4 127.0.0.1",
      "s=-",
      "t=0 0",
      "a=group:BUNDLE 0 1",
      `a=ice-ufrag:${iceUfrag}`,
      `a=ice-pwd:${icePwd}`,
      `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
      "a=setup:actpass",
      `m=video 9 UDP/TLS/RTP/SAVPF ${VIDEO.payloadType} ${RTX.payloadType}`,
      "a=mid:0",
      ...common,
      `a=rtpmap:${VIDEO.payloadType} H264/${VIDEO.clockRateHz}`,
      `a=fmtp:${VIDEO.payloadType} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f`,
      ...["nack", "nack pli", "ccm fir", "goog-remb"].map((kind) => `a=rtcp-fb:${VIDEO.payloadType} ${kind}`),
      `a=rtpmap:${RTX.payloadType} rtx/${VIDEO.clockRateHz}`,
      `a=fmtp:${RTX.payloadType} apt=${VIDEO.payloadType}`,
      `a=ssrc-group:FID ${ssrc} ${ssrc + 1}`,
      `a=ssrc:${ssrc} cname:clip`,
      `a=ssrc:${ssrc + 1} cname:clip`,
      `m=audio 9 UDP/TLS/RTP/SAVPF ${AUDIO.payloadType}`,
      "a=mid:1",
      ...common,
      `a=rtpmap:${AUDIO.payloadType} opus/${AUDIO.clockRateHz}/2`,
      `a=ssrc:${ssrc + 2} cname:clip`,
    ];
    return `${lines.join("\r\n")}\r\n`;
  }

  /** Begins now. */
  start(): void {
    this.#startUs = this.#options.clock.nowUs();
    this.#every(
      (n) => Math.round((n * 1_000_000) / PICTURES_PER_SECOND),
      () => this.#sendPicture(),
    );
    this.#every(
      (n) => n * SOUND_US,
      () => this.#sendSound(),
    );
    this.#every(
      (n) => n * REPORT_EVERY_US,
      () => this.#sendReports(),
    );
  }

  /** Sends nothing more. */
  stop(): void {
    for (const timer of this.#timers) {
      timer[Symbol.dispose]();
    }
  }

  /** RTCP of the receiver. */
  feedback(bytes: Uint8Array): void {
    for (const message of parseRtcp(bytes)) {
      if (message.kind === "nack" && message.mediaSsrc === this.#video.ssrc) {
        for (const sequence of message.lost) {
          this.#sendAgain(sequence);
        }
      } else if (message.kind === "picture-loss") {
        const { clock, keyFramesUntilUs = Number.POSITIVE_INFINITY } = this.#options;
        if (clock.nowUs() - this.#startUs < keyFramesUntilUs) {
          this.#picture = 0;
        }
      }
    }
  }

  /** Runs a task at times that are counted from the start, without drift. */
  #every(atUs: (n: number) => Micros, task: () => void): void {
    const slot = this.#timers.length;
    const arm = (n: number): void => {
      this.#timers[slot] = this.#options.clock.schedule(this.#startUs + atUs(n), () => {
        task();
        arm(n + 1);
      });
    };
    arm(0);
  }

  #sendPicture(): void {
    const { clip, clock, pictureSent } = this.#options;
    const { payloads } = clip.pictures[this.#picture];
    const timestamp = this.counters.pictures * PICTURE_TICKS;
    for (const [i, payload] of payloads.entries()) {
      const bytes = packetOf(this.#video, { payload, timestamp, marker: i === payloads.length - 1 });
      this.#history[((this.#video.sequence - 1) & 0xffff) % HISTORY] = bytes;
      this.#options.send(bytes);
    }
    pictureSent?.(this.#picture, clock.wallUs() / 1000);
    this.counters.pictures++;
    this.#picture = (this.#picture + 1) % clip.pictures.length;
  }

  #sendSound(): void {
    const { sounds } = this.#options.clip;
    const payload = sounds[this.counters.sounds % sounds.length];
    this.#options.send(
      packetOf(this.#audio, { payload, timestamp: this.counters.sounds * SOUND_TICKS, marker: false }),
    );
    this.counters.sounds++;
  }

  #sendReports(): void {
    const { clock } = this.#options;
    const mediaUs = clock.nowUs() - this.#startUs;
    for (const [{ ssrc, packets, octets }, { clockRateHz }] of [
      [this.#video, VIDEO],
      [this.#audio, AUDIO],
    ] as const) {
      const bytes = new Uint8Array(28);
      const rtpTimestamp = Math.round((mediaUs * clockRateHz) / 1_000_000) % 2 ** 32;
      const counts = { packetCount: packets, octetCount: octets };
      writeSenderReport(bytes, 0, { ssrc, ntp: toNtp(clock.wallUs()), rtpTimestamp, ...counts });
      this.#options.send(bytes);
    }
  }

  #sendAgain(sequence: number): void {
    const first = this.#history[sequence % HISTORY];
    if (first === undefined || new DataView(first.buffer).getUint16(2) !== sequence) {
      return;
    }
    const bytes = new Uint8Array(first.length + 2);
    const view = new DataView(bytes.buffer);
    bytes.set(first.subarray(0, 12));
    bytes[1] = (first[1] & 0x80) | RTX.payloadType;
    view.setUint16(2, this.#rtxSequence++ & 0xffff);
    view.setUint32(8, this.#options.ssrc + 1);
    view.setUint16(12, sequence);
    bytes.set(first.subarray(12), 14);
    this.#options.send(bytes);
  }
}

function packetOf(
  sent: Sent,
  media: { readonly payload: Uint8Array; readonly timestamp: number; readonly marker: boolean },
): Uint8Array {
  const { payload, timestamp, marker } = media;
  const bytes = new Uint8Array(12 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80;
  bytes[1] = sent.payloadType | (marker ? 0x80 : 0);
  view.setUint16(2, sent.sequence);
  view.setUint32(4, timestamp % 2 ** 32);
  view.setUint32(8, sent.ssrc);
  bytes.set(payload, 12);
  sent.sequence = (sent.sequence + 1) & 0xffff;
  sent.packets++;
  sent.octets += payload.length;
  return bytes;
}
