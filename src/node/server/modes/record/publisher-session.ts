// One publisher: a call that we answer, what it sends, and the recording of that.
import { type Entropy, randomU32 } from "../../../../core/crypto/entropy.js";
import type { Logger } from "../../../../core/diagnosis/logger.js";
import { FloeError } from "../../../../core/error/floe-error.js";
import type { Kernels } from "../../../../core/kernel/kernel.js";
import { parseSdp } from "../../../../core/sdp/parse-sdp.js";
import { writeSdp } from "../../../../core/sdp/write-sdp.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { Clock } from "../../../../core/time/clock.js";
import { type Micros, milliseconds, seconds } from "../../../../core/time/units.js";
import { writeAnswer } from "../../../../core/webrtc/answer.js";
import { MediaReceiver } from "../../../../core/webrtc/media-receiver.js";
import { planAnswer } from "../../../../core/webrtc/negotiation.js";
import type { LocalCapabilities } from "../../../../core/webrtc/negotiation-capabilities.js";
import { offerForTransport } from "../../../../core/webrtc/negotiation-offer-filter.js";
import { type MediaSectionPlan, receivingSections } from "../../../../core/webrtc/negotiation-plan.js";
import type { PeerTransport } from "../../../../core/webrtc/peer-transport.js";
import { ReceiveMemory } from "../../../../core/webrtc/receive-memory.js";
import type { Signaller, SignallingMessage } from "../../../../core/webrtc/signaller.js";
import type { LiveRecording } from "../../../record/live-recording.js";
import { AnsweredCall, type CallOwner } from "../../session/answered-call.js";
import { type PublisherStatus, publisherStatus } from "./publisher-status.js";
import type { ReceivedPublisher } from "./received-publisher.js";

/** For a broken path to come back, and for media to go on without signalling, before the recording ends. */
const GRACE_US: Micros = seconds(10);
const LOOK_US: Micros = seconds(1);
/** How long a lost packet is waited for: a recording has time. */
const RECOVERY_MS = 1000;
/** 2.4 s of 8 Mbit/s, which is more than twice that; 4.3 MiB. */
const DATAGRAMS = 2048;

/** Codecs that were agreed on. */
export type PublishedCodecs = { readonly video?: "h264" | "vp8"; readonly audio?: "opus" };

/** What a session is made of. */
export type PublisherSessionOptions = {
  /** The publisher, `user|id`. */
  readonly peer: string;
  readonly signaller: Signaller;
  readonly openTransport: (name: string) => PeerTransport;
  readonly capabilities: LocalCapabilities;
  /** Begins a recording. Rejects with FloeError, whose words end the call. */
  readonly begin: (publisher: { readonly peer: string } & PublishedCodecs) => Promise<LiveRecording>;
  readonly received?: ((publisher: ReceivedPublisher) => void) | undefined;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
};

/** One publisher's session; it ends once and is thrown away then. */
export class PublisherSession {
  readonly peer: string;
  /** The session is over; the reason in words. */
  readonly ended: Signal<string> = new Signal();
  readonly #options: PublisherSessionOptions;
  readonly #logger: Logger;
  readonly #call: AnsweredCall;
  /** Told to the program, behind `ended`. */
  readonly #publisherEnded: Signal<string> = new Signal();
  #memory: ReceiveMemory | undefined;
  #receiver: MediaReceiver | undefined;
  #recording: LiveRecording | undefined;
  /** Until the recording has begun, or failed to. */
  #beginning: Promise<void> = Promise.resolve();
  #completing: Promise<void> | undefined;
  #notes: readonly string[] = [];
  #watching: Disposable | undefined;

  constructor(options: PublisherSessionOptions) {
    this.peer = options.peer;
    this.#options = options;
    this.#logger = options.logger.child("publisher", { peer: options.peer });
    const owner: CallOwner = {
      prepare: async () => {
        this.#memory = await ReceiveMemory.create({ slotCount: DATAGRAMS });
      },
      refusal: () => "the server has no memory for another publisher",
      answer: (offerSdp, transport) => this.#negotiate(offerSdp, transport),
      closing: () => this.#finish(),
      ended: (reason) => this.#end(reason),
    };
    const timeouts = { disconnectedGraceMs: GRACE_US / 1000 };
    this.#call = new AnsweredCall(owner, { ...options, logger: this.#logger, timeouts });
  }

  /** Resolves when the file is complete, once the call is over. */
  get completed(): Promise<void> {
    return this.#completing ?? Promise.resolve();
  }

  /** A call message of this publisher. */
  receive(message: SignallingMessage): void {
    this.#call.receive(message);
  }

  /** Ends the call and tells the publisher why. */
  hangup(reason: string): void {
    this.#call.hangup(reason);
  }

  /** Signalling has lost the publisher. The call goes on for as long as media comes. */
  peerGone(): void {
    if (this.#call.state.kind !== "active") {
      this.#call.peerGone();
    } else if (this.#watching === undefined) {
      this.#logger.info("signalling is lost, media goes on");
      this.#watch();
    }
  }

  /** How often its kernels were used. */
  get kernelCounters(): Kernels["counters"] {
    return this.#memory?.kernels.counters ?? {};
  }

  status(): PublisherStatus {
    return publisherStatus({
      peer: this.peer,
      state: this.#call.state.kind,
      notes: this.#notes,
      received: this.#receiver?.report(),
      recording: this.#recording,
      activeMs: this.#activeMs,
    });
  }

  #negotiate(offerSdp: string, transport: PeerTransport): string {
    const memory = this.#memory;
    if (memory === undefined) {
      throw new FloeError("webrtc/closed", "the call is over");
    }
    const { capabilities, entropy, clock } = this.#options;
    const offer = parseSdp(offerSdp);
    const plan = planAnswer(offer, capabilities);
    this.#notes = plan.notes;
    const sections = receivingSections(plan);
    const parameters = transport.accept(
      writeSdp(offerForTransport(offer, plan)),
      sections.map(({ mid, media, codec }) => ({
        mid,
        kind: media,
        payloadType: codec.payloadType,
        encodingName: codec.encodingName,
        formatParameters: codec.parameters,
      })),
    );
    const carried = sections.flatMap((section) => {
      const carrier = transport.media(section.mid);
      return carrier === undefined ? [] : [{ section, transport: carrier }];
    });
    const receiver = new MediaReceiver({
      name: this.peer,
      memory,
      sections: carried,
      clock,
      entropy,
      video: { recoveryMs: RECOVERY_MS },
    });
    receiver.takerFailed.on((error) => this.#logger.error("a listener of a publisher's media threw", { error }));
    this.#receiver = receiver;
    const codecs = publishedCodecs(sections);
    this.#beginning = this.#record(receiver, codecs).then(
      () => this.#offerToProgram(receiver, codecs),
      (error: unknown) => this.#refuse(error),
    );
    return writeSdp(writeAnswer(plan, { ...parameters, tracks: {}, sessionId: String(randomU32(entropy)) }));
  }

  /** Begins before the connection is there, so that nothing of what comes is missed. */
  async #record(receiver: MediaReceiver, codecs: PublishedCodecs): Promise<void> {
    const recording = await this.#options.begin({ peer: this.peer, ...codecs });
    this.#recording = recording;
    const { sink, ended } = recording;
    sink.keyFrameNeeded.on(() => receiver.requestKeyFrame());
    ended.on((error) =>
      this.hangup(error === undefined ? "the recording was stopped" : `the recording has failed: ${error.toString()}`),
    );
    receiver.connect((packet) => {
      try {
        sink.write(packet);
      } catch (error) {
        // What nothing is written of must not look as if it were recorded.
        this.#logger.error("a recording threw", { error });
        this.hangup("the recording has failed: the server has failed");
      }
    });
  }

  #refuse(error: unknown): void {
    this.#logger.error("a recording could not be begun", { error });
    this.hangup(`cannot record: ${error instanceof FloeError ? error.toString() : "the server has failed"}`);
  }

  /** Behind the recorder, which gets each packet first. */
  #offerToProgram(receiver: MediaReceiver, codecs: PublishedCodecs): void {
    if (this.#call.isOver) {
      return;
    }
    try {
      this.#options.received?.({
        peer: this.peer,
        ...codecs,
        media: receiver,
        requestKeyFrame: () => receiver.requestKeyFrame(),
        ended: this.#publisherEnded,
        hangup: (reason) => this.hangup(reason),
      });
    } catch (error) {
      this.#logger.error("the program that takes publishers threw", { error });
    }
  }

  /** Looks each second whether media still comes: nobody else would notice its end. */
  #watch(): void {
    const { clock } = this.#options;
    this.#watching = clock.schedule(clock.nowUs() + LOOK_US, () => {
      const tracks = this.#receiver?.report().tracks ?? [];
      const silentMs = Math.min(...tracks.map((track) => track.silentMs ?? this.#activeMs));
      if (milliseconds(silentMs) >= GRACE_US) {
        this.#call.peerGone();
      } else {
        this.#watch();
      }
    });
  }

  /** How long the call has been up; 0 when it is not. */
  get #activeMs(): number {
    const { state } = this.#call;
    return state.kind === "active" ? (this.#options.clock.nowUs() - state.sinceUs) / 1000 : 0;
  }

  /** Nothing comes any more: what waits is written, and the file completed. */
  #finish(): void {
    this.#receiver?.close();
    this.#completing ??= this.#beginning.then(async () => {
      await this.#recording?.end();
    });
  }

  #end(reason: string): void {
    this.#watching?.[Symbol.dispose]();
    this.ended.emit(reason);
    try {
      this.#publisherEnded.emit(reason);
    } catch (error) {
      this.#logger.error("the program that takes publishers threw", { error });
    }
  }
}

function publishedCodecs(sections: readonly MediaSectionPlan[]): PublishedCodecs {
  const codecs: { video?: "h264" | "vp8"; audio?: "opus" } = {};
  for (const { codec } of sections) {
    const { name } = codec.capability;
    if (name === "h264" || name === "vp8") {
      codecs.video = name;
    } else if (name === "opus") {
      codecs.audio = name;
    }
  }
  return codecs;
}
