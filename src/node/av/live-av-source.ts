// A live source that may go away and come back: a camera on the network, a device. Each connection is read by itself;
// what is emitted is one stream on one timeline.
import { randomInt } from "node:crypto";
import type { Logger } from "../../core/diagnosis/logger.js";
import type { FloeError } from "../../core/error/floe-error.js";
import { LiveTimeline } from "../../core/media/live-timeline.js";
import { Reconnect, type ReconnectOutput } from "../../core/media/reconnect.js";
import { MachineDriver } from "../../core/net/machine-driver.js";
import { Signal } from "../../core/signal/signal.js";
import type { Emit } from "../../core/stream/adapter.js";
import { AudioFrame, EncodedAudio, EncodedVideo, VideoFrame } from "../../core/stream/media-packet.js";
import type { PacketKind } from "../../core/stream/packet.js";
import type { Clock } from "../../core/time/clock.js";
import { milliseconds } from "../../core/time/units.js";
import { asFloeError } from "./av-error.js";
import type { AvSource, AvSourceCounters, AvSourceInfo, AvSourcePacket, SourceHealth } from "./av-source.js";
import { LiveConnection, type LiveOpener } from "./live-connection.js";
import { troubleOf } from "./network-errors.js";
import type { PassthroughOptions } from "./passthrough-plan.js";
import { within } from "./within.js";

/** Options of a live source. */
export type LiveAvSourceOptions = PassthroughOptions & {
  readonly opener: LiveOpener;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** A recording that is over begins again. */
  readonly loop: boolean;
  /** Gives up while it is being opened. */
  readonly signal?: AbortSignal;
};

/** `close` waits no longer than this for calls that hear no interrupt. */
const CLOSE_US = milliseconds(900);
const RANDOM_STEPS = 2 ** 32;

/** See AvSource. Never ends by itself, unless it is a recording; `failed` when it came back as something else. */
export class LiveAvSource implements AvSource {
  readonly name = "live";
  readonly retention = "borrowed" as const;
  readonly emits: readonly PacketKind<AvSourcePacket>[] = [VideoFrame, AudioFrame, EncodedVideo, EncodedAudio];
  readonly ended: Signal = new Signal();
  readonly failed: Signal<FloeError> = new Signal();
  readonly healthChanged: Signal<SourceHealth> = new Signal();
  readonly infoChanged: Signal<AvSourceInfo> = new Signal();
  readonly #options: LiveAvSourceOptions;
  readonly #timeline: LiveTimeline;
  readonly #tasks = new Set<Promise<void>>();
  #machine: Reconnect;
  #driver: MachineDriver<Parameters<Reconnect["handle"]>[0], ReconnectOutput> | undefined;
  #stopping: AbortController;
  #info: AvSourceInfo;
  /** What viewers were promised: what it was when it was opened. */
  readonly #agreed: AvSourceInfo;
  /** Open, and not read yet. */
  #fresh: LiveConnection | undefined;
  #current: LiveConnection | undefined;
  #emit: Emit<AvSourcePacket> | undefined;
  #skipped = 0;
  #faults = 0;
  #copiedBytes = 0;
  #passes = 0;

  private constructor(options: LiveAvSourceOptions, connection: LiveConnection, parts: Parts) {
    this.#options = options;
    this.#timeline = parts.timeline;
    this.#stopping = parts.stopping;
    this.#machine = new Reconnect({ random });
    this.#fresh = connection;
    this.#agreed = { name: options.opener.name, ...connection.info };
    this.#info = this.#agreed;
  }

  /** Opens the first connection. Rejects with the FloeError that says why it cannot be opened, or as `signal` says. */
  static async open(options: LiveAvSourceOptions): Promise<LiveAvSource> {
    const { opener, signal } = options;
    const stopping = new AbortController();
    const stop = (): void => stopping.abort(signal?.reason);
    const parts: Parts = { timeline: new LiveTimeline({ arrival: opener.arrival }), stopping };
    signal?.throwIfAborted();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const connection = await LiveConnection.open({ ...options, ...parts, signal: stopping.signal });
      return new LiveAvSource(options, connection, parts);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  get info(): AvSourceInfo {
    return this.#info;
  }

  get health(): SourceHealth {
    return this.#machine.health;
  }

  get counters(): AvSourceCounters {
    return {
      skipped: this.#skipped + (this.#current?.skipped ?? 0),
      rebased: 0,
      faults: this.#faults + (this.#current?.faults ?? 0),
      loops: this.#passes,
      copiedBytes: this.#copiedBytes + (this.#current?.copiedBytes ?? 0),
    };
  }

  /** Begins. After `stop` it connects anew. */
  start(emit: Emit<AvSourcePacket>): void {
    this.#emit = emit;
    if (this.#stopping.signal.aborted) {
      this.#stopping = new AbortController();
      this.#machine = new Reconnect({ random });
    }
    this.#driver = new MachineDriver(this.#machine, this.#options.clock, (output) => this.#perform(output));
    const connection = this.#fresh;
    this.#fresh = undefined;
    this.#spawn(connection === undefined ? this.#connect() : this.#read(connection));
  }

  /** Disconnects. Resolves within a second, also from a connection that hangs. */
  async stop(): Promise<void> {
    this.#emit = undefined;
    this.#driver?.close();
    this.#driver = undefined;
    this.#stopping.abort();
    const fresh = this.#fresh;
    this.#fresh = undefined;
    if (fresh !== undefined) {
      this.#spawn(fresh.close());
    }
    await within(Promise.all(this.#tasks), CLOSE_US, this.#options.clock);
  }

  async close(): Promise<void> {
    await this.stop();
  }

  #perform(output: ReconnectOutput): void {
    switch (output.kind) {
      case "open":
        this.#spawn(this.#connect());
        return;
      case "knock":
        this.#spawn(this.#knock());
        return;
      case "health":
        this.#tellHealth(output.health);
        return;
      default:
        output satisfies never;
    }
  }

  #tellHealth(health: SourceHealth): void {
    const { logger, opener } = this.#options;
    if (health.kind === "ok") {
      logger?.info("source is back", { name: opener.name });
    } else {
      const { attempt, reason } = health;
      logger?.limited("reconnecting").warn("source is gone, reconnecting", { name: opener.name, attempt, reason });
    }
    this.healthChanged.emit(health);
  }

  async #connect(): Promise<void> {
    const { signal } = this.#stopping;
    let connection: LiveConnection;
    try {
      connection = await LiveConnection.open({
        ...this.#options,
        timeline: this.#timeline,
        likeBefore: { ...this.#agreed, passthrough: this.#info.passthrough },
        signal,
      });
    } catch (error) {
      this.#lost(asFloeError(error, `opening ${this.#info.name}`), signal);
      return;
    }
    if (signal.aborted) {
      await connection.close();
      return;
    }
    this.#adoptInfo(connection);
    await this.#read(connection);
  }

  /** Reads a connection to its end. Never rejects. */
  async #read(connection: LiveConnection): Promise<void> {
    const { signal } = this.#stopping;
    this.#current = connection;
    this.#timeline.beginConnection();
    const emit: Emit<AvSourcePacket> = (packet) => {
      this.#driver?.handle({ kind: "flowing" });
      this.#emit?.(packet);
    };
    const end = await connection.run({ emit, infoChanged: () => this.#adoptInfo(connection) });
    this.#current = undefined;
    this.#skipped += connection.skipped;
    this.#faults += connection.faults;
    this.#copiedBytes += connection.copiedBytes;
    await connection.close();
    if (signal.aborted) {
      return;
    }
    switch (end.kind) {
      case "stopped":
        return;
      case "lost":
        this.#lost(end.error, signal);
        return;
      case "failed":
        this.#fail(end.error);
        return;
      case "over":
        this.#beginAgain();
        return;
      default:
        end satisfies never;
    }
  }

  #beginAgain(): void {
    if (this.#options.loop) {
      this.#passes++;
      this.#spawn(this.#connect());
    } else {
      this.#driver?.close();
      this.ended.emit();
    }
  }

  async #knock(): Promise<void> {
    const { signal } = this.#stopping;
    const isAnswered = await this.#options.opener.knock(signal);
    if (!signal.aborted) {
      this.#driver?.handle({ kind: "knocked", isAnswered });
    }
  }

  /** What it was is gone for good, or it is worth waiting for. */
  #lost(error: FloeError, signal: AbortSignal): void {
    if (signal.aborted) {
      return;
    }
    const isUnfit = error.code === "source/unsupported-codec" && this.#options.passthrough === "always";
    if (error.code === "source/changed" || isUnfit) {
      this.#fail(error);
      return;
    }
    this.#driver?.handle({ kind: "failed", trouble: troubleOf(error), reason: `${error.code}: ${error.message}.` });
  }

  #fail(error: FloeError): void {
    this.#driver?.close();
    this.failed.emit(error);
  }

  #adoptInfo(connection: LiveConnection): void {
    const info = { name: this.#info.name, ...connection.info };
    if (JSON.stringify(info) !== JSON.stringify(this.#info)) {
      this.#info = info;
      this.infoChanged.emit(info);
    }
  }

  /** Tasks never reject: what goes wrong in them is told by `health` or `failed`. */
  #spawn(task: Promise<void>): void {
    const running = task.then(() => {
      this.#tasks.delete(running);
    });
    this.#tasks.add(running);
  }
}

/** In [0, 1), for the waits between attempts. */
function random(): number {
  return randomInt(RANDOM_STEPS) / RANDOM_STEPS;
}

type Parts = { readonly timeline: LiveTimeline; readonly stopping: AbortController };
