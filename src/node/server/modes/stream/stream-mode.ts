// Stream mode: every peer that calls the server gets the one source, opened for the first and shared by all.
import type { Entropy } from "../../../../core/crypto/entropy.js";
import type { Logger } from "../../../../core/diagnosis/logger.js";
import type { FloeError } from "../../../../core/error/floe-error.js";
import { parseSourceNoun } from "../../../../core/media/source-noun.js";
import { Signal } from "../../../../core/signal/signal.js";
import { sympleSignaller } from "../../../../core/symple/symple-signaller.js";
import type { Clock } from "../../../../core/time/clock.js";
import { milliseconds } from "../../../../core/time/units.js";
import type { SignallingMessage } from "../../../../core/webrtc/signaller.js";
import type { VirtualPeer } from "../../../symple/virtual-peer.js";
import {
  acquireDataChannelLibrary,
  type DataChannelLibrary,
  releaseDataChannelLibrary,
} from "../../../webrtc/load-node-datachannel.js";
import { NativePeer } from "../../../webrtc/native-peer.js";
import { isLoopback } from "../../config/exposure.js";
import type { ServerConfig } from "../../config/server-config.js";
import { shownError } from "../../shown-source.js";
import { LiveSource } from "./live-source.js";
import { OnDemand } from "./on-demand.js";
import { StreamMemory } from "./stream-memory.js";
import { ViewerSession, type ViewerSessionStatus } from "./viewer-session.js";

/** One source encoded once carries a few hundred viewers; beyond this a call is turned down as busy. */
const MAX_SESSIONS = 512;

/** What the mode is made of. */
export type StreamModeOptions = {
  readonly config: ServerConfig;
  /** The server as peers see it. */
  readonly peer: VirtualPeer;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
  /** For tests and benches: RTP packets for which this is true are lost on the way. */
  readonly isLost?: ((packet: Uint8Array) => boolean) | undefined;
};

/** A session came or went. */
export type SessionEvent =
  | { readonly kind: "opened"; readonly peer: string }
  | { readonly kind: "closed"; readonly peer: string; readonly reason: string };

/** The running mode. */
export class StreamMode {
  readonly sessionChanged: Signal<SessionEvent> = new Signal();
  readonly #options: StreamModeOptions;
  readonly #library: DataChannelLibrary;
  readonly #memory: StreamMemory;
  readonly #source: OnDemand<LiveSource>;
  readonly #sessions = new Map<string, ViewerSession>();
  readonly #listening: Disposable[] = [];
  #live: LiveSource | undefined;
  #lastError: FloeError | undefined;
  #isClosed = false;

  private constructor(options: StreamModeOptions, library: DataChannelLibrary, memory: StreamMemory) {
    this.#options = options;
    this.#library = library;
    this.#memory = memory;
    const { config, clock, peer } = options;
    this.#source = new OnDemand({
      open: () => this.#openSource(),
      close: (live) => this.#closeSource(live),
      graceUs: milliseconds(config.media.graceMs),
      clock,
    });
    const signaller = sympleSignaller(peer);
    this.#listening.push(
      signaller,
      signaller.received.on((message) => this.#receive(message, signaller)),
      peer.peerLeft.on((address) => this.#sessions.get(address)?.peerGone()),
    );
  }

  /** Loads what the mode needs. Throws `webrtc/not-installed` where the transport library is missing. */
  static async open(options: StreamModeOptions): Promise<StreamMode> {
    const library = await acquireDataChannelLibrary(options.logger);
    try {
      return new StreamMode(options, library, await StreamMemory.create(options.config.media.video.bitrate));
    } catch (error) {
      releaseDataChannelLibrary(library);
      throw error;
    }
  }

  /** Hangs up on every viewer, closes the source and ends the transport library's threads. */
  async close(reason = "the server is shutting down"): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    for (const session of [...this.#sessions.values()]) {
      session.hangup(reason);
    }
    for (const listening of this.#listening) {
      listening[Symbol.dispose]();
    }
    try {
      await this.#source.shutdown();
    } finally {
      releaseDataChannelLibrary(this.#library);
    }
  }

  /** The sessions that are held now. */
  sessions(): ViewerSessionStatus[] {
    return [...this.#sessions.values()].map((session) => session.status());
  }

  /** The open source, if it is open. */
  get live(): LiveSource | undefined {
    return this.#live;
  }

  /** Why the source last failed; undefined when it is fine. */
  get lastError(): FloeError | undefined {
    return this.#lastError;
  }

  /** The stream's memory: its kernels' counters show that the product path uses them. */
  get memory(): StreamMemory {
    return this.#memory;
  }

  #receive(message: SignallingMessage, signaller: ReturnType<typeof sympleSignaller>): void {
    let session = this.#sessions.get(message.peer);
    if (session === undefined) {
      if (this.#isClosed || message.kind !== "control" || message.control !== "init") {
        return; // Late words of a call that is over.
      }
      if (this.#sessions.size >= MAX_SESSIONS) {
        signaller.send({ kind: "control", peer: message.peer, control: "reject", reason: "busy" });
        return;
      }
      session = this.#addSession(message.peer, signaller);
    }
    session.receive(message);
  }

  #addSession(peer: string, signaller: ReturnType<typeof sympleSignaller>): ViewerSession {
    const { config, clock, entropy, logger, isLost } = this.#options;
    const session = new ViewerSession({
      peer,
      signaller,
      acquireSource: () => this.#source.acquire(),
      openTransport: (name) => new NativePeer(this.#library, name, rtcConfig(config), logger.child("transport")),
      memory: this.#memory,
      webrtc: config.webrtc,
      clock,
      entropy,
      logger,
      isLost,
    });
    this.#sessions.set(peer, session);
    session.ended.on((reason) => {
      this.#sessions.delete(peer);
      logger.info("viewer left", { peer, reason });
      this.sessionChanged.emit({ kind: "closed", peer, reason });
    });
    logger.info("viewer came", { peer });
    this.sessionChanged.emit({ kind: "opened", peer });
    return session;
  }

  async #openSource(): Promise<LiveSource> {
    const { config, clock, logger } = this.#options;
    try {
      const live = await LiveSource.open({
        noun: parseSourceNoun(config.media.source),
        media: config.media,
        memory: this.#memory,
        clock,
        logger: logger.child("source"),
      });
      live.finished.on((error) => this.#sourceFinished(live, error));
      this.#live = live;
      this.#lastError = undefined;
      return live;
    } catch (error) {
      this.#lastError = shownError(error, config.media.source);
      throw this.#lastError;
    }
  }

  #sourceFinished(live: LiveSource, cause: FloeError | undefined): void {
    const error = cause && shownError(cause, this.#options.config.media.source);
    this.#lastError = error;
    const reason = error === undefined ? "the source has ended" : `source unavailable: ${error.toString()}`;
    for (const session of [...this.#sessions.values()]) {
      session.hangup(reason);
    }
    this.#source.discard(live).catch((failure: unknown) => {
      this.#options.logger.error("closing the source failed", { error: failure });
    });
  }

  async #closeSource(live: LiveSource): Promise<void> {
    this.#live = undefined;
    await live.close();
  }
}

function rtcConfig({ http, webrtc }: ServerConfig): ConstructorParameters<typeof NativePeer>[2] {
  const { udpPortMin, udpPortMax } = webrtc;
  // A server that only this machine can reach keeps its media on this machine too.
  const bindAddress = webrtc.bindAddress ?? (isLoopback(http.host) ? "127.0.0.1" : undefined);
  return {
    iceServers: [],
    ...(bindAddress === undefined ? {} : { bindAddress }),
    ...(udpPortMin === undefined ? {} : { portRangeBegin: udpPortMin }),
    ...(udpPortMax === undefined ? {} : { portRangeEnd: udpPortMax }),
  };
}
