// Record mode: whoever calls the server publishes, and what comes is written into a file of its own.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Entropy } from "../../../../core/crypto/entropy.js";
import type { Logger } from "../../../../core/diagnosis/logger.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { Clock } from "../../../../core/time/clock.js";
import { recordingCapabilities } from "../../../../core/webrtc/negotiation-capabilities.js";
import type { Signaller } from "../../../../core/webrtc/signaller.js";
import { loadNodeAv } from "../../../av/load-node-av.js";
import { Recording } from "../../../record/recording.js";
import { recordingFileName } from "../../../record/recording-name.js";
import type { VirtualPeer } from "../../../symple/virtual-peer.js";
import { acquireTransport } from "../../../webrtc/acquire-transport.js";
import type { TransportLibrary } from "../../../webrtc/transport-library.js";
import { recordedVideoCodecs } from "../../config/record-rules.js";
import type { ServerConfig } from "../../config/server-config.js";
import { transportConfig } from "../../media-network.js";
import type { ServerEvent } from "../../server-event.js";
import { SessionTable } from "../../session/session-table.js";
import type { OwnMedia } from "../../turn/own-media.js";
import type { ModeStatus, ServerMode } from "../server-mode.js";
import { sessionCounts } from "../session-counts.js";
import { type BegunRecording, type PublishedCodecs, PublisherSession } from "./publisher-session.js";
import type { ReceivedPublisher } from "./received-publisher.js";

/** What the mode is made of. */
export type RecordModeOptions = {
  readonly config: ServerConfig;
  /** Takes what a publisher sends, beside the recording. */
  readonly received?: ((publisher: ReceivedPublisher) => void) | undefined;
  /** The server as peers see it. */
  readonly peer: VirtualPeer;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
  /** Told of each connection. */
  readonly ownMedia: OwnMedia;
};

/** The running mode. */
export class RecordMode implements ServerMode {
  /** `publisher-joined`, `publisher-left`. */
  readonly happened: Signal<ServerEvent> = new Signal();
  readonly #options: RecordModeOptions;
  readonly #library: TransportLibrary;
  readonly #sessions: SessionTable<PublisherSession>;
  readonly #videoCodecs: readonly ("h264" | "vp8")[];
  readonly #completing = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  private constructor(options: RecordModeOptions, library: TransportLibrary) {
    this.#options = options;
    this.#library = library;
    const { config, logger } = options;
    this.#videoCodecs = recordedVideoCodecs(config.media.record);
    this.#sessions = new SessionTable({
      peer: options.peer,
      maxSessions: config.media.record.maxPublishers,
      create: (address, signaller) => this.#session(address, signaller),
      opened: (_, address) => {
        logger.info("publisher came", { peer: address });
        this.happened.emit({ event: "publisher-joined", peer: address });
      },
      closed: ({ completed }, address, reason) => {
        logger.info("publisher left", { peer: address, reason });
        this.#completing.add(completed);
        void completed.finally(() => this.#completing.delete(completed));
        this.happened.emit({ event: "publisher-left", peer: address, reason });
      },
    });
  }

  /** Loads what the mode needs. Throws `webrtc/not-installed`, `av/not-installed`. */
  static async open(options: RecordModeOptions): Promise<RecordMode> {
    const library = await acquireTransport(options.logger);
    try {
      // Now, because the first publisher's first picture does not wait.
      await loadNodeAv();
      await mkdir(options.config.media.recordDir, { recursive: true });
      return new RecordMode(options, library);
    } catch (error) {
      library.release();
      throw error;
    }
  }

  async probe(): Promise<void> {}

  status(): ModeStatus {
    const { format, maxPublishers } = this.#options.config.media.record;
    const publishers = this.#sessions.all.map((session) => session.status());
    const publish = { video: this.#videoCodecs, audio: ["opus"] };
    return {
      sections: {
        sessions: { ...sessionCounts(publishers), publishers },
        record: { format, maxPublishers, ...publish },
      },
      configuration: { record: { format, ...publish } },
      checks: [],
    };
  }

  /** Hangs up on every publisher, completes the files, and ends the transport library's threads. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#sessions.close("the server is shutting down");
    await Promise.all(this.#completing);
    this.#library.release();
  }

  #session(peer: string, signaller: Signaller): PublisherSession {
    const { config, clock, entropy, logger, ownMedia, received } = this.#options;
    return new PublisherSession({
      peer,
      signaller,
      openTransport: (name) => {
        const transport = this.#library.open(name, transportConfig(config), logger.child("transport"));
        ownMedia.follow(transport);
        return transport;
      },
      capabilities: recordingCapabilities({ video: this.#videoCodecs }),
      begin: (publisher) => this.#begin(publisher),
      received,
      clock,
      entropy,
      logger,
    });
  }

  async #begin({ peer, video, audio }: { readonly peer: string } & PublishedCodecs): Promise<BegunRecording> {
    const { recordDir, record } = this.#options.config.media;
    const startedMs = this.#options.clock.wallUs() / 1000;
    const name = peer.split("|")[0];
    const sink = await Recording.open({
      format: record.format,
      pathOf: (segment) =>
        join(recordDir, recordingFileName({ peer: name, startedMs, segment, extension: record.format })),
      expectsVideo: video !== undefined,
      expectsAudio: audio !== undefined,
    });
    return { sink, end: () => sink.close() };
  }
}
