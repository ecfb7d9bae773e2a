// The receiving half of a peer: RTP of all its sections in, encoded pictures and sound out, on one timeline. Feedback leaves by the
// same transport, on one timer. Nothing that the network brings makes it throw.
import { type Entropy, randomU32 } from "../crypto/entropy.js";
import { HEADER_EXTENSION_URI } from "../rtp/header-extension.js";
import { MediaClock } from "../rtp/receive/media-clock.js";
import { RtpIntake, type RtpIntakeCounters } from "../rtp/receive/rtp-intake.js";
import type { RtpReceiverOptions } from "../rtp/receive/rtp-receiver-options.js";
import { Signal } from "../signal/signal.js";
import type { Emit, ExternalSource } from "../stream/adapter.js";
import {
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
} from "../stream/media-packet.js";
import type { PacketKind } from "../stream/packet.js";
import type { Clock } from "../time/clock.js";
import { DeadlineTimer } from "../time/deadline-timer.js";
import type { MediaTransport } from "./media-transport.js";
import type { MediaSectionPlan } from "./negotiation-plan.js";
import type { ReceiveMemory } from "./receive-memory.js";
import { ReceivedTrack, type ReceivedTrackReport } from "./received-track.js";

/** What comes out of a receiver. */
export type ReceivedMedia = EncodedVideoPacket | EncodedAudioPacket;

/** What a receiver is made of. */
export type MediaReceiverOptions = {
  /** For messages and reports. Default `received`. */
  readonly name?: string;
  /** For this receiver alone. */
  readonly memory: ReceiveMemory;
  /** The accepted sections, and what carries each; all of them may have one. */
  readonly sections: readonly { readonly section: MediaSectionPlan; readonly transport: MediaTransport }[];
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** How RTCP names us, at most 255 bytes. Default `floe`. */
  readonly cname?: string;
  /** Changes of the receivers' defaults, for pictures and for sound. */
  readonly video?: Partial<RtpReceiverOptions>;
  readonly audio?: Partial<RtpReceiverOptions>;
};

/** Everything of a receiver in numbers. Plain JSON. */
export type MediaReceiverReport = {
  readonly intake: Readonly<RtpIntakeCounters>;
  readonly tracks: readonly ReceivedTrackReport[];
};

type Taker = { readonly emit: Emit<ReceivedMedia>; hasKey: boolean; isGone: boolean };

/**
 * A source of as many streams as like to listen (`source(receiver, { lifecycle: "external" })`), and of plain listeners. Packets are
 * lent, in the order of their completion; for each listener pictures begin with a key frame. One that throws is not called again
 * and told by `takerFailed`; the others go on.
 */
export class MediaReceiver implements ExternalSource<ReceivedMedia> {
  readonly name: string;
  readonly retention = "borrowed" as const;
  readonly emits: readonly PacketKind<ReceivedMedia>[] = [EncodedVideo, EncodedAudio];
  /** A listener threw. */
  readonly takerFailed: Signal<unknown> = new Signal();
  readonly #clock: Clock;
  readonly #intake: RtpIntake;
  readonly #tracks: readonly ReceivedTrack[];
  readonly #timer: DeadlineTimer;
  readonly #listening: readonly Disposable[];
  #takers: readonly Taker[] = [];
  #isHandingOn = false;
  #isClosed = false;

  /** Listens to the transports from now on. */
  constructor(options: MediaReceiverOptions) {
    const { name = "received", memory, sections, clock, entropy, cname = "floe" } = options;
    this.name = name;
    this.#clock = clock;
    const localSsrc = randomU32(entropy);
    const transports = [...new Set(sections.map(({ transport }) => transport))];
    const sendRtcp = (packet: Uint8Array): boolean => transports.some((transport) => transport.send(packet));
    // Promised in the answer by this extension; its id is the same in all sections of a bundle (RFC 8285 5).
    const extensionId = sections
      .flatMap(({ section }) => section.extensions)
      .find(({ uri }) => uri === HEADER_EXTENSION_URI.transportSequence)?.id;
    this.#intake = new RtpIntake({
      ...memory,
      slotCount: memory.slotCount,
      ...(extensionId === undefined ? {} : { transportFeedback: { extensionId, localSsrc, sendRtcp } }),
    });
    const mediaClock = new MediaClock();
    this.#tracks = sections.map(
      ({ section, transport }) =>
        new ReceivedTrack({
          section,
          intake: this.#intake,
          clock: mediaClock,
          localSsrc,
          cname,
          sendRtcp: (packet) => transport.send(packet),
          receiver: options[section.media] ?? {},
          nowUs: () => clock.nowUs(),
          emit: (packet) => this.#emit(packet),
        }),
    );
    this.#timer = new DeadlineTimer(clock, () => this.#tick());
    this.#listening = transports.map(({ received }) => received.on((packet) => this.#receive(packet)));
  }

  /** Hands packets to `emit` until the answer is disposed. Who comes late gets a key frame asked for. */
  connect(emit: Emit<ReceivedMedia>): Disposable {
    const taker: Taker = { emit, hasKey: false, isGone: false };
    this.#takers = [...this.#takers, taker];
    if (this.#tracks.some(({ isHeard }) => isHeard)) {
      this.requestKeyFrame();
    }
    return { [Symbol.dispose]: () => this.#disconnect(taker) };
  }

  /** A picture to begin with is needed: asked for until it comes, at most every 500 ms. */
  requestKeyFrame(): void {
    if (!this.#isClosed) {
      for (const track of this.#tracks) {
        track.requestKeyFrame();
      }
      this.#arm();
    }
  }

  /** A snapshot. */
  report(): MediaReceiverReport {
    return { intake: { ...this.#intake.counters }, tracks: this.#tracks.map((track) => track.report()) };
  }

  /** Hands on what waits, and takes nothing more. Quiet when called twice. */
  close(): void {
    if (this.#isClosed) {
      return;
    }
    for (const listening of this.#listening) {
      listening[Symbol.dispose]();
    }
    if (!this.#isHandingOn) {
      for (const track of this.#tracks) {
        track.flush();
      }
    }
    this.#isClosed = true;
    // Behind the flush, in which a listener may have asked for a key frame.
    this.#timer[Symbol.dispose]();
    for (const taker of this.#takers) {
      this.#disconnect(taker);
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #receive(packet: Uint8Array): void {
    this.#intake.receive([packet], this.#clock.nowUs());
    this.#arm();
  }

  #tick(): void {
    this.#intake.tick(this.#clock.nowUs());
    this.#arm();
  }

  #arm(): void {
    if (!this.#isClosed) {
      this.#timer.set(this.#intake.deadlineUs);
    }
  }

  #emit(packet: ReceivedMedia): void {
    const wasHandingOn = this.#isHandingOn;
    this.#isHandingOn = true;
    for (const taker of this.#takers) {
      if (taker.isGone) {
        continue;
      }
      if ("isKey" in packet && !taker.hasKey) {
        if (!packet.isKey) {
          this.requestKeyFrame();
          continue;
        }
        taker.hasKey = true;
      }
      try {
        taker.emit(packet);
      } catch (error) {
        this.#disconnect(taker);
        this.#tellFailure(error);
      }
    }
    this.#isHandingOn = wasHandingOn;
  }

  /** Whoever throws here as well has nobody left to be told by. */
  #tellFailure(error: unknown): void {
    try {
      this.takerFailed.emit(error);
    } catch {
      // The packet goes on to the others.
    }
  }

  #disconnect(taker: Taker): void {
    taker.isGone = true;
    this.#takers = this.#takers.filter((other) => other !== taker);
  }
}
