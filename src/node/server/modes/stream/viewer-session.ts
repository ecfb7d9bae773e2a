// One viewer: a call that we answer, the source that it watches, and the tracks we send.
import { type Entropy, randomU32 } from "../../../../core/crypto/entropy.js";
import type { Logger } from "../../../../core/diagnosis/logger.js";
import { FloeError } from "../../../../core/error/floe-error.js";
import { parseSdp } from "../../../../core/sdp/parse-sdp.js";
import { writeSdp } from "../../../../core/sdp/write-sdp.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { Clock } from "../../../../core/time/clock.js";
import { type LocalTrack, writeAnswer } from "../../../../core/webrtc/answer.js";
import { planAnswer } from "../../../../core/webrtc/negotiation.js";
import { streamingCapabilities } from "../../../../core/webrtc/negotiation-capabilities.js";
import { offerForTransport } from "../../../../core/webrtc/negotiation-offer-filter.js";
import { sendingSections } from "../../../../core/webrtc/negotiation-plan.js";
import type { PeerTransport } from "../../../../core/webrtc/peer-transport.js";
import type { Signaller, SignallingMessage } from "../../../../core/webrtc/signaller.js";
import type { ServerConfig } from "../../config/server-config.js";
import { AnsweredCall, type CallOwner } from "../../session/answered-call.js";
import type { LiveSource } from "./live-source.js";
import type { Lease } from "./on-demand.js";
import type { StreamMemory } from "./stream-memory.js";
import { type ViewerStatus, viewerStatus } from "./viewer-status.js";
import { ViewerTracks } from "./viewer-tracks.js";

/** What a session is made of. */
export type ViewerSessionOptions = {
  /** The viewer, `user|id`. */
  readonly peer: string;
  readonly signaller: Signaller;
  /** Rejects with the reason of `signal` when the viewer has left before. */
  readonly acquireSource: (signal: AbortSignal) => Promise<Lease<LiveSource>>;
  readonly openTransport: (name: string) => PeerTransport;
  readonly memory: StreamMemory;
  readonly webrtc: Pick<ServerConfig["webrtc"], "playoutDelay">;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
  readonly isLost?: ((packet: Uint8Array) => boolean) | undefined;
};

/** One viewer's session; it ends once and is thrown away then. */
export class ViewerSession {
  readonly peer: string;
  /** The session is over; the reason in words. */
  readonly ended: Signal<string> = new Signal();
  readonly #options: ViewerSessionOptions;
  readonly #logger: Logger;
  readonly #call: AnsweredCall;
  #lease: Lease<LiveSource> | undefined;
  #tracks: ViewerTracks | undefined;
  #notes: readonly string[] = [];

  constructor(options: ViewerSessionOptions) {
    this.peer = options.peer;
    this.#options = options;
    this.#logger = options.logger.child("viewer", { peer: options.peer });
    const owner: CallOwner = {
      // The source first, so that the answer knows what there is, and a dead source is told as the reason.
      prepare: (signal) => this.#acquire(signal),
      refusal: (error) =>
        `source unavailable: ${error instanceof FloeError ? error.toString() : "the source failed to open"}`,
      answer: (offerSdp, transport) => this.#negotiate(offerSdp, transport),
      mediaOpened: (mid) => this.#tracks?.start(mid),
      closing: () => this.#tracks?.close(),
      ended: (reason) => {
        this.#lease?.release();
        this.ended.emit(reason);
      },
    };
    this.#call = new AnsweredCall(owner, { ...options, logger: this.#logger });
  }

  /** A call message of this viewer. */
  receive(message: SignallingMessage): void {
    this.#call.receive(message);
  }

  /** Ends the call and tells the viewer why. */
  hangup(reason: string): void {
    this.#call.hangup(reason);
  }

  /** Signalling has lost the viewer. */
  peerGone(): void {
    this.#call.peerGone();
  }

  status(): ViewerStatus {
    const { malformed = 0, unexpected = 0 } = this.#tracks?.counters ?? {};
    return viewerStatus(
      { peer: this.peer, state: this.#call.state.kind, notes: this.#notes, malformed: malformed + unexpected },
      this.#tracks?.stats() ?? [],
    );
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const lease = await this.#options.acquireSource(signal);
    if (this.#call.isOver) {
      lease.release();
    } else {
      this.#lease = lease;
    }
  }

  #negotiate(offerSdp: string, transport: PeerTransport): string {
    const live = this.#lease?.resource;
    if (live === undefined) {
      throw new FloeError("webrtc/no-source", "the source is not open");
    }
    const offer = parseSdp(offerSdp);
    const plan = planAnswer(offer, streamingCapabilities(live.codecs));
    this.#notes = plan.notes;
    const { memory, clock, entropy, webrtc, isLost } = this.#options;
    const cname = "floe";
    const tracks = new ViewerTracks({
      live,
      memory,
      clock,
      entropy,
      cname,
      playoutDelay: webrtc.playoutDelay,
      isLost,
      onSilent: () =>
        this.#call.hangup("no feedback from the viewer: media was sent, and nothing came back", "media-silent"),
      onFault: (error) => {
        this.#logger.error("sending to a viewer failed", { error });
        this.hangup("the server could not go on sending");
      },
    });
    // Held from the start, so that whatever fails from here on is closed with the session.
    this.#tracks = tracks;
    const sections = sendingSections(plan).map((section) => ({ section, ssrc: tracks.newSsrc() }));
    const parameters = transport.accept(
      writeSdp(offerForTransport(offer, plan)),
      sections.map(({ section: { mid, media, codec }, ssrc }) => ({
        mid,
        kind: media,
        sends: { ssrc, cname },
        payloadType: codec.payloadType,
        encodingName: codec.encodingName,
        formatParameters: codec.parameters,
      })),
    );
    const local: { [mid: string]: LocalTrack } = {};
    for (const { section, ssrc } of sections) {
      const media = transport.media(section.mid);
      if (media !== undefined) {
        tracks.add(section, ssrc, media);
      }
      local[section.mid] = { ssrc, cname, streamId: "floe", trackId: section.media };
    }
    return writeSdp(writeAnswer(plan, { ...parameters, tracks: local, sessionId: String(randomU32(entropy)) }));
  }
}
