// Record mode: whoever calls the server publishes, and what comes is written into a file of its own.
import type { Entropy } from "../../../../core/crypto/entropy.js";
import type { Logger } from "../../../../core/diagnosis/logger.js";
import type { KernelCounter, Kernels } from "../../../../core/kernel/kernel.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { Clock } from "../../../../core/time/clock.js";
import { recordingCapabilities } from "../../../../core/webrtc/negotiation-capabilities.js";
import { ReceiveMemory } from "../../../../core/webrtc/receive-memory.js";
import type { Signaller } from "../../../../core/webrtc/signaller.js";
import { Recorder } from "../../../record/recorder.js";
import type { RecorderEvent } from "../../../record/recorder-event.js";
import type { VirtualPeer } from "../../../symple/virtual-peer.js";
import type { TransportLibrary } from "../../../webrtc/transport-library.js";
import { recordedVideoCodecs } from "../../config/record-rules.js";
import type { ServerConfig } from "../../config/server-config.js";
import { transportConfig } from "../../media-network.js";
import type { ServerEvent } from "../../server-event.js";
import { SessionTable } from "../../session/session-table.js";
import type { OwnMedia } from "../../turn/own-media.js";
import { mediaTargets } from "../media-targets.js";
import type { ModeStatus, ServerMode } from "../server-mode.js";
import { PublisherSession } from "./publisher-session.js";
import type { ReceivedPublisher } from "./received-publisher.js";
import { recordStatus } from "./record-status.js";

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
  /** Opens connections; the server's, who gives it back. */
  readonly transport: TransportLibrary;
  /** Told of each connection. */
  readonly ownMedia: OwnMedia;
};

/** The running mode. */
export class RecordMode implements ServerMode {
  /** `publisher-joined`, `publisher-left`, and what the recorder tells: `recording-started` … `recording-failed`, the alarm. */
  readonly happened: Signal<ServerEvent> = new Signal();
  readonly recorder: Recorder;
  readonly #options: RecordModeOptions;
  readonly #sessions: SessionTable<PublisherSession>;
  readonly #videoCodecs: readonly ("h264" | "vp8")[];
  /** Tells what kind of kernels every publisher gets. */
  readonly #kernels: Kernels;
  readonly #completing = new Set<Promise<void>>();
  #alarms = { count: 0, last: "" };
  #closing: Promise<void> | undefined;

  private constructor(options: RecordModeOptions, recorder: Recorder, kernels: Kernels) {
    this.#options = options;
    this.recorder = recorder;
    this.#kernels = kernels;
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
    recorder.happened.on((event) => this.#recorderHappened(event));
  }

  /**
   * Loads what the mode needs, now, because the first publisher's first picture does not wait. Throws `av/not-installed`,
   * `record/unwritable` and `record/disk-full`.
   */
  static async open(options: RecordModeOptions): Promise<RecordMode> {
    const { config, clock, logger } = options;
    const { recordDir, record } = config.media;
    const { kernels } = await ReceiveMemory.create({ slotCount: 2 });
    const recorder = await Recorder.open({
      ...record,
      transcodeTo: record.transcode ? mediaTargets(config.media) : undefined,
      folder: recordDir,
      clock,
      logger: logger.child("recorder"),
    });
    return new RecordMode(options, recorder, kernels);
  }

  /** Opening has shown that the folder can be written: a publisher is awaited. */
  async probe(): Promise<void> {}

  status(): ModeStatus {
    const { kind, reason } = this.#kernels;
    return recordStatus({
      record: this.#options.config.media.record,
      videoCodecs: this.#videoCodecs,
      publishers: this.#sessions.all.map((session) => session.status()),
      recorder: this.recorder,
      alarms: this.#alarms,
      kernels: { kind, reason, counters: summed(this.#sessions.all.map(({ kernelCounters }) => kernelCounters)) },
    });
  }

  /** Hangs up on every publisher, and completes the files. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#sessions.close("the server is shutting down");
    await Promise.all(this.#completing);
    await this.recorder.close();
  }

  #session(peer: string, signaller: Signaller): PublisherSession {
    const { config, clock, entropy, logger, ownMedia, received } = this.#options;
    return new PublisherSession({
      peer,
      signaller,
      openTransport: (name) => {
        const transport = this.#options.transport.open(name, transportConfig(config), logger.child("transport"));
        ownMedia.follow(transport);
        return transport;
      },
      capabilities: recordingCapabilities({ video: this.#videoCodecs }),
      begin: ({ video, audio }) => this.recorder.begin({ peer: peer.split("|")[0], video, audio }),
      received,
      clock,
      entropy,
      logger,
    });
  }

  #recorderHappened(event: RecorderEvent): void {
    if (event.event === "recording-failed") {
      this.#alarms = { count: this.#alarms.count + 1, last: `${event.code}: ${event.message}` };
    }
    this.happened.emit(event);
  }
}

function summed(all: readonly Kernels["counters"][]): Record<string, KernelCounter> {
  const sums: Record<string, KernelCounter> = {};
  for (const counters of all) {
    for (const [name, { calls, bytes }] of Object.entries(counters)) {
      const sum = sums[name] ?? { calls: 0, bytes: 0 };
      sums[name] = { calls: sum.calls + calls, bytes: sum.bytes + bytes };
    }
  }
  return sums;
}
