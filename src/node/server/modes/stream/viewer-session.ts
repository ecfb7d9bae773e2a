// One viewer: a call that we answer, the transport under it, and the tracks we send. The PeerSession machine decides,
// this performs.
import { type Entropy, randomU32 } from "../../../../core/crypto/entropy.js";
import type { Logger } from "../../../../core/diagnosis/logger.js";
import { FloeError } from "../../../../core/error/floe-error.js";
import { MachineDriver } from "../../../../core/net/machine-driver.js";
import { parseSdp } from "../../../../core/sdp/parse-sdp.js";
import { writeSdp } from "../../../../core/sdp/write-sdp.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { Clock } from "../../../../core/time/clock.js";
import { type LocalTrack, writeAnswer } from "../../../../core/webrtc/answer.js";
import { planAnswer } from "../../../../core/webrtc/negotiation.js";
import { streamingCapabilities } from "../../../../core/webrtc/negotiation-capabilities.js";
import { offerForTransport } from "../../../../core/webrtc/negotiation-offer-filter.js";
import { sendingSections } from "../../../../core/webrtc/negotiation-plan.js";
import { PeerSession } from "../../../../core/webrtc/peer-session.js";
import type { PeerSessionInput, PeerSessionOutput } from "../../../../core/webrtc/peer-session-io.js";
import { describeEnd, type EndReason, type PeerSessionState } from "../../../../core/webrtc/peer-session-state.js";
import type { PeerTransport } from "../../../../core/webrtc/peer-transport.js";
import type { Signaller, SignallingMessage } from "../../../../core/webrtc/signaller.js";
import type { ServerConfig } from "../../config/server-config.js";
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
  readonly #session = new PeerSession();
  readonly #driver: MachineDriver<PeerSessionInput, PeerSessionOutput>;
  readonly #left = new AbortController();
  #lease: Lease<LiveSource> | undefined;
  #transport: PeerTransport | undefined;
  #tracks: ViewerTracks | undefined;
  #notes: readonly string[] = [];
  #isOver = false;

  constructor(options: ViewerSessionOptions) {
    this.peer = options.peer;
    this.#options = options;
    this.#logger = options.logger.child("viewer", { peer: options.peer });
    this.#driver = new MachineDriver(this.#session, options.clock, (output) => this.#perform(output));
  }

  /** A call message of this viewer. */
  receive(message: SignallingMessage): void {
    this.#driver.handle({ kind: "message", message });
  }

  /** Ends the call and tells the viewer why. */
  hangup(reason: string): void {
    this.#driver.handle({ kind: "hangup", reason });
  }

  /** Signalling has lost the viewer. */
  peerGone(): void {
    this.#driver.handle({ kind: "peer-gone", peer: this.peer });
  }

  status(): ViewerStatus {
    const { malformed = 0, unexpected = 0 } = this.#tracks?.counters ?? {};
    return viewerStatus(
      { peer: this.peer, state: this.#session.state.kind, notes: this.#notes, malformed: malformed + unexpected },
      this.#tracks?.stats() ?? [],
    );
  }

  #perform(output: PeerSessionOutput): void {
    switch (output.kind) {
      case "send":
        this.#options.signaller.send(output.message);
        break;
      case "open-transport":
        this.#openTransport(output.connection);
        break;
      case "set-remote-description":
        this.#answer(output.connection, output.sdp);
        break;
      case "add-remote-candidate":
        this.#transport?.addRemoteCandidate(output.candidate);
        break;
      case "close-transport":
        this.#closeTransport();
        this.#driver.handle({ kind: "connection-state", connection: output.connection, state: "closed" });
        break;
      case "changed":
        this.#changed(output.state);
        break;
      default:
        output satisfies never;
    }
  }

  #changed(state: PeerSessionState): void {
    this.#logger.debug("session", { state: state.kind });
    if (state.kind === "incoming-init") {
      this.#prepare().catch((error: unknown) => this.#refuse(error));
    } else if (state.kind === "ended") {
      this.#finish(endInWords(state.reason));
    }
  }

  /** Opens the source first, so that the answer knows what there is, and a dead source is told as the reason. */
  async #prepare(): Promise<void> {
    const lease = await this.#options.acquireSource(this.#left.signal);
    if (this.#isOver) {
      lease.release();
      return;
    }
    this.#lease = lease;
    this.#driver.handle({ kind: "accept" });
  }

  #refuse(error: unknown): void {
    if (this.#isOver) {
      return;
    }
    this.#logger.warn("a viewer was refused", { error });
    const detail = error instanceof FloeError ? error.toString() : "the source failed to open";
    this.#driver.handle({ kind: "reject", reason: `source unavailable: ${detail}` });
  }

  #openTransport(connection: number): void {
    let transport: PeerTransport;
    try {
      transport = this.#options.openTransport(this.peer);
    } catch (error) {
      this.#fail(connection, error, "the server could not open a connection");
      return;
    }
    this.#transport = transport;
    const isCurrent = (): boolean => this.#transport === transport;
    transport.candidateGathered.on((candidate) => {
      if (isCurrent()) {
        this.#driver.handle({ kind: "local-candidate", connection, candidate });
      }
    });
    transport.pathFound.on(() => {
      if (isCurrent()) {
        this.#driver.handle({ kind: "path-found", connection });
      }
    });
    transport.stateChanged.on((state) => {
      if (isCurrent()) {
        this.#driver.handle({ kind: "connection-state", connection, state });
      }
    });
    transport.mediaOpened.on((mid) => {
      if (isCurrent()) {
        this.#tracks?.start(mid);
      }
    });
    transport.dataChannelOpened.on((channel) => {
      channel.messageReceived.on((message) => {
        this.#logger.limited("control").debug("control message", { channel: channel.label, length: message.length });
      });
    });
  }

  #answer(connection: number, offerSdp: string): void {
    try {
      const sdp = this.#negotiate(offerSdp);
      this.#driver.handle({ kind: "local-description", connection, sdp });
      this.#driver.handle({ kind: "remote-description-set", connection });
    } catch (error) {
      this.#fail(connection, error, "the server could not answer the offer");
    }
  }

  #fail(connection: number, error: unknown, what: string): void {
    if (!(error instanceof FloeError)) {
      this.#logger.error("negotiation failed", { error });
    }
    const detail = error instanceof FloeError ? error.toString() : what;
    this.#driver.handle({ kind: "negotiation-failed", connection, detail });
  }

  #negotiate(offerSdp: string): string {
    const live = this.#lease?.resource;
    const transport = this.#transport;
    if (live === undefined || transport === undefined) {
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
        this.#driver.handle({
          kind: "hangup",
          reason: "no feedback from the viewer: media was sent, and nothing came back",
          code: "media-silent",
        }),
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

  #closeTransport(): void {
    this.#tracks?.close();
    this.#transport?.close();
    this.#transport = undefined;
  }

  #finish(reason: string): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    this.#left.abort();
    this.#closeTransport();
    this.#lease?.release();
    this.#driver.close();
    this.ended.emit(reason);
  }
}

/** An end as the server's log and events tell it: what we did is told by our own reason, not as "you hung up". */
function endInWords(reason: EndReason): string {
  const isOurs = reason.by === "local" && (reason.code === "hangup" || reason.code === "rejected");
  return isOurs ? reason.detail : describeEnd(reason);
}
