// Stream mode: every peer that calls the server gets the one source, opened for the first and shared by all.
import type { Entropy } from "../../../../core/crypto/entropy.js";
import type { Logger } from "../../../../core/diagnosis/logger.js";
import type { FloeError } from "../../../../core/error/floe-error.js";
import { parseSourceNoun, type SourceNoun, unsupportedSource } from "../../../../core/media/source-noun.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { Clock } from "../../../../core/time/clock.js";
import { milliseconds } from "../../../../core/time/units.js";
import type { Signaller } from "../../../../core/webrtc/signaller.js";
import { openSource } from "../../../av/open-source.js";
import type { VirtualPeer } from "../../../symple/virtual-peer.js";
import type { TransportLibrary } from "../../../webrtc/transport-library.js";
import type { ServerConfig } from "../../config/server-config.js";
import { transportConfig } from "../../media-network.js";
import type { ServerEvent } from "../../server-event.js";
import { SessionTable } from "../../session/session-table.js";
import { type ShownSource, shownError, shownSource } from "../../shown-source.js";
import type { OwnMedia } from "../../turn/own-media.js";
import { mediaTargets } from "../media-targets.js";
import type { ModeStatus, ServerMode } from "../server-mode.js";
import { LiveSource } from "./live-source.js";
import { type SourceFacts, SourceKeeper } from "./source-keeper.js";
import { PASSTHROUGH_CACHE_PACKETS, StreamMemory } from "./stream-memory.js";
import type { OpenStreamSource, StreamSink, StreamSource } from "./stream-source.js";
import { streamStatus } from "./stream-status.js";
import { ViewerSession } from "./viewer-session.js";
import type { ViewerStatus } from "./viewer-status.js";

/** One source encoded once carries a few hundred viewers; beyond this a call is turned down as busy. */
const MAX_SESSIONS = 512;

/** Nobody answers, so trying again may help and hurts nobody. A wrong password tried again and again locks accounts. */
const AWAY: ReadonlySet<string> = new Set(["source/refused", "source/timeout", "source/unreachable"]);

const OWN_SOURCE: ShownSource = { value: "a program's own source", kind: "custom", remote: false };

/** What the mode is made of. */
export type StreamModeOptions = {
  readonly config: ServerConfig;
  /** The `media.video` keys that somebody set. */
  readonly explicitVideoKeys: readonly string[];
  /** A program's own source instead of `media.source`. */
  readonly source?: OpenStreamSource | undefined;
  readonly sinks?: readonly StreamSink[] | undefined;
  /** The server as peers see it. */
  readonly peer: VirtualPeer;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
  /** Opens connections; the server's, who gives it back. */
  readonly transport: TransportLibrary;
  /** Told of each connection. */
  readonly ownMedia: OwnMedia;
  /** For tests and benches: RTP packets for which this is true are lost on the way. */
  readonly isLost?: ((packet: Uint8Array) => boolean) | undefined;
};

/** The running mode. */
export class StreamMode implements ServerMode {
  /** `viewer-joined`, `viewer-left`; `source-changed` with what presence tells of it. */
  readonly happened: Signal<ServerEvent> = new Signal();
  /** What is played, as people may see it. */
  readonly shown: ShownSource;
  readonly #options: StreamModeOptions;
  readonly #memory: StreamMemory;
  readonly #source: SourceKeeper;
  readonly #sessions: SessionTable<ViewerSession>;
  #isClosed = false;

  private constructor(options: StreamModeOptions, memory: StreamMemory) {
    this.#options = options;
    this.#memory = memory;
    const { config, clock, peer, logger, source, sinks = [] } = options;
    const { media } = config;
    const noun = parseSourceNoun(media.source);
    this.shown = source === undefined ? shownSource(media.source) : OWN_SOURCE;
    this.#source = new SourceKeeper({
      name: this.shown.value,
      openSource: async (signal) => await (source === undefined ? this.#openNoun(noun, signal) : source(signal)),
      goLive: (open) =>
        LiveSource.open({ openSource: open, media, memory, clock, logger: logger.child("source"), sinks }),
      shownError: (error) => shownError(error, media.source),
      isAway: ({ code }) => source === undefined && isRemote(noun) && AWAY.has(code),
      graceUs: milliseconds(media.graceMs),
      clock,
    });
    this.#source.changed.on((facts) => this.#tellSource(facts));
    this.#source.finished.on((error) => this.#hangUpAll(error));
    this.#sessions = new SessionTable({
      peer,
      maxSessions: MAX_SESSIONS,
      create: (address, signaller) => this.#session(address, signaller),
      opened: (_, address) => {
        logger.info("viewer came", { peer: address });
        this.happened.emit({ event: "viewer-joined", peer: address });
      },
      closed: (_, address, reason) => {
        logger.info("viewer left", { peer: address, reason });
        this.happened.emit({ event: "viewer-left", peer: address, reason });
      },
    });
    peer.setData({ source: this.#source.facts });
  }

  /** Loads what the mode needs. */
  static async open(options: StreamModeOptions): Promise<StreamMode> {
    const { media } = options.config;
    const cachePackets = media.cachePackets ?? (mayPassThrough(options) ? PASSTHROUGH_CACHE_PACKETS : undefined);
    return new StreamMode(options, await StreamMemory.create(media.video.bitrate, { cachePackets }));
  }

  /**
   * Looks whether the source can be opened, before anybody asks for it. Rejects when it cannot and this machine alone is
   * to blame. A source on the network may come up later: that goes on in the background, and is told as a warning.
   */
  async probe(): Promise<void> {
    const noun = parseSourceNoun(this.#options.config.media.source);
    if (this.#options.source !== undefined) {
      return; // Opening it may have effects that only its program knows.
    }
    if (!isRemote(noun)) {
      await this.#source.probe();
      return;
    }
    const unsupported = unsupportedSource(noun);
    if (unsupported !== undefined) {
      throw unsupported;
    }
    void this.#source.tryOut();
  }

  /** Hangs up on every viewer, and closes the source. */
  async close(reason = "the server is shutting down"): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    this.#sessions.close(reason);
    await this.#source.shutdown();
  }

  /** The sessions that are held now. */
  sessions(): ViewerStatus[] {
    return this.#sessions.all.map((session) => session.status());
  }

  status(): ModeStatus {
    return streamStatus(this, this.#options.config);
  }

  /** The open source, if it is open. */
  get live(): LiveSource | undefined {
    return this.#source.live;
  }

  /** Why the source last failed; undefined when it is fine. */
  get lastError(): FloeError | undefined {
    return this.#source.lastError;
  }

  /** The source in words, as presence tells it. */
  get sourceFacts(): SourceFacts {
    return this.#source.facts;
  }

  /** The stream's memory: its kernels' counters show that the product path uses them. */
  get memory(): StreamMemory {
    return this.#memory;
  }

  #session(peer: string, signaller: Signaller): ViewerSession {
    const { config, clock, entropy, logger, ownMedia, isLost } = this.#options;
    return new ViewerSession({
      peer,
      signaller,
      acquireSource: (signal) => this.#source.acquire(signal),
      openTransport: (name) => {
        const transport = this.#options.transport.open(name, transportConfig(config), logger.child("transport"));
        ownMedia.follow(transport);
        return transport;
      },
      memory: this.#memory,
      webrtc: config.webrtc,
      clock,
      entropy,
      logger,
      isLost,
    });
  }

  #openNoun(noun: SourceNoun, signal: AbortSignal): Promise<StreamSource> {
    const { config, explicitVideoKeys, clock, logger } = this.#options;
    const { loop, passthrough, rtsp } = config.media;
    return openSource(noun, {
      ...mediaTargets(config.media),
      loop,
      clock,
      logger,
      passthrough,
      explicitVideoKeys,
      rtspTransport: rtsp.transport,
      timeoutMs: rtsp.timeoutMs,
      signal,
    });
  }

  #tellSource(facts: SourceFacts): void {
    this.#options.peer.setData({ source: facts });
    const { name, state, words } = facts;
    const logger = this.#options.logger.child("source");
    if (state === "error") {
      logger.warn(`${name} is unavailable. ${words}`);
    } else {
      logger.debug("state", { state, words });
    }
    this.happened.emit({ event: "source-changed", ...facts });
  }

  #hangUpAll(error: FloeError | undefined): void {
    this.#sessions.hangUpAll(error === undefined ? "the source has ended" : `source unavailable: ${error.toString()}`);
  }
}

/** Whether a source lies on the network: it may be away now and back later. */
function isRemote({ kind }: SourceNoun): boolean {
  return kind === "rtsp" || kind === "url";
}

/** Whether video may go through as it comes: then nobody here decides how far apart its key frames are. */
function mayPassThrough({ config, explicitVideoKeys, source }: StreamModeOptions): boolean {
  const { media } = config;
  return (
    source !== undefined ||
    (parseSourceNoun(media.source).kind !== "test" &&
      (media.passthrough === "always" || (media.passthrough === "auto" && explicitVideoKeys.length === 0)))
  );
}
