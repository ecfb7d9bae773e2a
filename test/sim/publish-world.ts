// A simulated publisher of H.264 and Opus, a link that is bad in both directions, and a MediaReceiver that was negotiated by an offer:
// all on one manual clock. Pictures carry their number, so that what comes out can be compared with what went in.
import { HEADER_EXTENSION_URI } from "../../src/core/rtp/header-extension.js";
import { parseSdp } from "../../src/core/sdp/parse-sdp.js";
import { Signal } from "../../src/core/signal/signal.js";
import { MediaReceiver, type ReceivedMedia } from "../../src/core/webrtc/media-receiver.js";
import type { MediaTransport } from "../../src/core/webrtc/media-transport.js";
import { planAnswer } from "../../src/core/webrtc/negotiation.js";
import { recordingCapabilities } from "../../src/core/webrtc/negotiation-capabilities.js";
import { receivingSections } from "../../src/core/webrtc/negotiation-plan.js";
import { ReceiveMemory } from "../../src/core/webrtc/receive-memory.js";
import { writeSps } from "../core/payload/h264/bit-writer.js";
import { nalUnit } from "./access-unit.js";
import { ManualClock } from "./manual-clock.js";
import { MediaSource, type MediaSourceOptions } from "./media-source.js";
import type { Link } from "./receive-world.js";
import { SeededEntropy } from "./seeded-entropy.js";
import { SeededRandom } from "./seeded-random.js";

export const VIDEO = { ssrc: 7, payloadType: 102, rtx: { ssrc: 8, payloadType: 103 } };
export const AUDIO = { ssrc: 9, payloadType: 111 };
const PICTURE_US = 33_333;
const SOUND_US = 20_000;
const FRAGMENT_BYTES = 900;
const PPS = Uint8Array.of(0x68, 0xce, 0x3c, 0x80);

export type PublishWorldOptions = {
  readonly seed?: number;
  readonly link?: Link;
  readonly video?: MediaSourceOptions;
  readonly audio?: MediaSourceOptions;
  /** Whether the offer names the sources. Default "named". */
  readonly sources?: "named" | "unnamed";
  /** Whether transport-cc is offered, by extension 4, and answered. Default "off". */
  readonly transportFeedback?: "on" | "off";
  /** Lines of the video section instead of those of H.264 with everything. */
  readonly videoLines?: string;
};

/** What came out, copied. */
export type Received = {
  readonly kind: "video" | "audio";
  readonly timeUs: number;
  readonly nowUs: number;
  readonly isKey: boolean;
  /** The number that the picture or sound was sent under; -1 when it is not as it was sent. */
  readonly number: number;
};

const H264_LINES = `a=rtcp-rsize
a=rtpmap:102 H264/90000
a=fmtp:102 packetization-mode=1;profile-level-id=42e01f
a=rtcp-fb:102 nack
a=rtcp-fb:102 nack pli
a=rtcp-fb:102 goog-remb
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
`;

/** What such a publisher offers. */
export function publishOffer({
  sources = "named",
  videoLines = H264_LINES,
  transportFeedback,
}: PublishWorldOptions = {}): string {
  const named = sources === "named";
  const led = transportFeedback === "on" ? `a=extmap:4 ${HEADER_EXTENSION_URI.transportSequence}\n` : "";
  return `v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
a=group:BUNDLE 0 1
a=ice-ufrag:abcd
a=ice-pwd:efgh
a=fingerprint:sha-256 AA:BB
a=setup:actpass
m=video 9 UDP/TLS/RTP/SAVPF 102 103
a=mid:0
a=sendonly
a=rtcp-mux
${led}${videoLines}${named ? "a=ssrc-group:FID 7 8\na=ssrc:7 cname:x\na=ssrc:8 cname:x\n" : ""}m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:1
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
${named ? "a=ssrc:9 cname:x\n" : ""}`;
}

export class PublishWorld {
  readonly clock: ManualClock = new ManualClock({ startUs: 1_000_000 });
  readonly receiver: MediaReceiver;
  readonly received: Received[] = [];
  readonly rtcp: Uint8Array[] = [];
  video: MediaSource;
  audio: MediaSource;
  link: Link;
  /** How much longer pictures take than sound. */
  videoDelayUs = 0;
  /** What the publisher's wall clock is ahead. */
  wallJumpUs = 0;
  readonly #sent = { video: [] as Uint8Array[], audio: [] as Uint8Array[] };
  readonly #random: SeededRandom;
  readonly #transport: MediaTransport & { readonly received: Signal<Uint8Array> };
  #lastUs = 0;
  #keyFrames = 0;
  #needsKey = true;
  #startUs = 0;

  private constructor(options: PublishWorldOptions, memory: ReceiveMemory) {
    this.#random = new SeededRandom(options.seed ?? 1);
    this.link = options.link ?? {};
    this.video = new MediaSource({ ...VIDEO, frameUs: PICTURE_US, ...options.video });
    this.audio = new MediaSource({ ...AUDIO, clockRateHz: 48_000, frameUs: SOUND_US, ...options.audio });
    this.#transport = {
      isOpen: true,
      received: new Signal(),
      send: (packet) => {
        const bytes = packet.slice();
        this.rtcp.push(bytes);
        this.#travel(bytes, 0, (copy) => {
          this.send(this.video.feedback(copy));
          this.send(this.audio.feedback(copy));
        });
        return true;
      },
    };
    const plan = planAnswer(
      parseSdp(publishOffer(options)),
      recordingCapabilities({ transportFeedback: options.transportFeedback ?? "off" }),
    );
    this.receiver = new MediaReceiver({
      memory,
      sections: receivingSections(plan).map((section) => ({ section, transport: this.#transport })),
      clock: this.clock,
      entropy: new SeededEntropy(),
    });
    this.receiver.connect((packet) => this.received.push(this.#note(packet)));
  }

  static async create(options: PublishWorldOptions = {}): Promise<PublishWorld> {
    return new PublishWorld(options, await ReceiveMemory.create());
  }

  /** Publishes for so long, beginning now; then the way is empty. */
  publish(durationUs: number): void {
    const { clock } = this;
    const endUs = clock.nowUs() + durationUs;
    this.#startUs ||= clock.nowUs();
    for (let atUs = clock.nowUs(); atUs < endUs; atUs += PICTURE_US) {
      clock.schedule(atUs, () => this.#picture());
    }
    for (let atUs = clock.nowUs(); atUs < endUs; atUs += SOUND_US) {
      clock.schedule(atUs, () => this.#sound());
    }
    for (let atUs = clock.nowUs() + 300_000; atUs < endUs; atUs += 1_000_000) {
      clock.schedule(atUs, () => this.#reports());
    }
    clock.advance(durationUs);
  }

  /** Datagrams leave the publisher now. */
  send(datagrams: readonly Uint8Array[], delayUs = 0): void {
    for (const bytes of datagrams) {
      this.#travel(bytes, delayUs, (copy) => this.#transport.received.emit(copy));
    }
  }

  /** Datagrams arrive now. */
  arrive(...datagrams: readonly Uint8Array[]): void {
    for (const bytes of datagrams) {
      this.#transport.received.emit(bytes);
    }
  }

  /** The picture comes from another source from now on, which begins with a key frame. */
  changeSource(options: MediaSourceOptions): void {
    this.video = new MediaSource({ ...VIDEO, frameUs: PICTURE_US, ...options });
    this.#startUs = this.clock.nowUs();
    this.#needsKey = true;
  }

  of(kind: "video" | "audio"): Received[] {
    return this.received.filter((one) => one.kind === kind);
  }

  /** Pictures that were sent. */
  get pictures(): number {
    return this.#sent.video.length;
  }

  /** How much longer the newest pictures are on their timeline than the newest sounds, against when they were made. */
  outOfSyncUs(): number {
    const offset = (kind: "video" | "audio", unitUs: number): number => {
      const newest = this.of(kind).at(-1);
      return newest === undefined ? Number.NaN : newest.timeUs - newest.number * unitUs;
    };
    return offset("video", PICTURE_US) - offset("audio", SOUND_US);
  }

  /** The packets of the next picture, which is not sent. */
  nextPicture(): Uint8Array[] {
    const number = this.#sent.video.length;
    const isKey = this.#needsKey || this.video.keyFrameRequests > this.#keyFrames;
    this.#needsKey = false;
    this.#keyFrames = this.video.keyFrameRequests;
    const nal = numbered(nalUnit(isKey ? 5 : 1, isKey ? 6000 : 1800, new SeededRandom(number)), number);
    this.#sent.video.push(nal);
    const sets = isKey ? [writeSps({ widthMacroblocks: 80, heightMacroblocks: 45 }), PPS] : [];
    return this.video.frame([...sets, ...fragments(nal)]);
  }

  #picture(): void {
    this.send(this.nextPicture(), this.videoDelayUs);
  }

  #sound(): void {
    const number = this.#sent.audio.length;
    // CELT, fullband, 20 ms, one frame (RFC 6716 3.1).
    const opus = numbered(Uint8Array.of(0xfc, 0, 0, 0, 7, 7, 7), number);
    this.#sent.audio.push(opus);
    this.send(this.audio.frame([opus]));
  }

  #reports(): void {
    const nowUs = this.clock.nowUs();
    const wallUs = 1_700_000_000_000_000 + nowUs + this.wallJumpUs;
    this.send([this.video.report(nowUs - this.#startUs, wallUs)], this.videoDelayUs);
    this.send([this.audio.report(nowUs - this.#startUs, wallUs)]);
  }

  #note(packet: ReceivedMedia): Received {
    const kind = "isKey" in packet ? "video" : "audio";
    const sent = this.#sent[kind];
    const [first] = sent;
    const body = packet.data.subarray(packet.data.length - (kind === "audio" ? first.length : bodyLength(packet)));
    const number = numberOf(body);
    const isAsSent = sent[number]?.every((byte, i) => byte === body[i]) === true;
    return {
      kind,
      timeUs: packet.timeUs,
      nowUs: this.clock.nowUs(),
      isKey: "isKey" in packet && packet.isKey,
      number: isAsSent ? number : -1,
    };
  }

  #travel(bytes: Uint8Array, delayUs: number, run: (bytes: Uint8Array) => void): void {
    const { lossRate = 0, delayMs = 0, jitterMs = 0, reorderRate = 0, duplicateRate = 0 } = this.link;
    const random = this.#random;
    const isLost = random.next() < lossRate;
    const isReordered = random.next() < reorderRate;
    const copies = random.next() < duplicateRate ? 2 : 1;
    let atUs = this.clock.nowUs() + delayUs + Math.round(1000 * (delayMs + jitterMs * random.next()));
    if (isLost) {
      return;
    }
    if (isReordered) {
      atUs += 10_000;
    } else {
      atUs = Math.max(atUs, delayUs === 0 ? this.#lastUs : atUs);
      this.#lastUs = delayUs === 0 ? atUs : this.#lastUs;
    }
    for (let i = 0; i < copies; i++) {
      this.clock.schedule(atUs, () => run(bytes));
    }
  }
}

/** A key frame's body is 6000 bytes behind its parameter sets, every other picture 1800 behind a start code. */
function bodyLength(packet: ReceivedMedia): number {
  return "isKey" in packet && packet.isKey ? 6000 : 1800;
}

/** Writes the number into bytes 1 to 3, none of them 0. */
function numbered(bytes: Uint8Array, number: number): Uint8Array {
  bytes[1] = 1 + (number % 200);
  bytes[2] = 1 + (Math.floor(number / 200) % 200);
  bytes[3] = 1 + Math.floor(number / 40_000);
  return bytes;
}

function numberOf(bytes: Uint8Array): number {
  return bytes[1] - 1 + 200 * (bytes[2] - 1) + 40_000 * (bytes[3] - 1);
}

/** A NAL unit as FU-A payloads (RFC 6184 5.8). */
function fragments(nal: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 1; at < nal.length; at += FRAGMENT_BYTES) {
    const piece = nal.subarray(at, at + FRAGMENT_BYTES);
    const start = at === 1 ? 0x80 : 0;
    const end = at + FRAGMENT_BYTES >= nal.length ? 0x40 : 0;
    pieces.push(Uint8Array.of((nal[0] & 0xe0) | 28, start | end | (nal[0] & 0x1f), ...piece));
  }
  return pieces;
}
