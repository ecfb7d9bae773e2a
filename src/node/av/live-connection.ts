// One connection to a live source, from its opening to the reason of its end: packets are read, put on the timeline and
// handed to their tracks, one at a time.
import type { FloeError } from "../../core/error/floe-error.js";
import type { LiveArrival, LiveTimeline } from "../../core/media/live-timeline.js";
import type { Emit } from "../../core/stream/adapter.js";
import type { Clock } from "../../core/time/clock.js";
import type { Micros } from "../../core/time/units.js";
import { asFloeError } from "./av-error.js";
import type { AvSourceInfo, AvSourcePacket } from "./av-source.js";
import { type DemuxedTrack, ticksToUs } from "./demuxer.js";
import { freePacket } from "./live-handles.js";
import type { LiveInput, LiveRead } from "./live-input.js";
import { LiveTracks, type LiveTracksInfo } from "./live-tracks.js";
import { requireNodeAv } from "./load-node-av.js";
import type { PassthroughOptions } from "./passthrough-plan.js";

/** How one kind of source is reached. */
export type LiveOpener = {
  /** For people: a URL without credentials, the name of a device. */
  readonly name: string;
  readonly arrival: LiveArrival;
  /** Opens a connection. Rejects with a FloeError, or with the signal's reason. */
  readonly open: (signal: AbortSignal) => Promise<LiveInput>;
  /** Whether it would answer now: cheap, blocks no thread. Never rejects. */
  readonly knock: (signal: AbortSignal) => Promise<boolean>;
  /** Why a connection ended that was up: by FFmpeg's code, or because nothing came for too long. */
  readonly broke: (why: "end" | "timeout" | number) => FloeError;
};

/** What a connection is opened with. */
export type LiveConnectionOptions = PassthroughOptions & {
  readonly opener: LiveOpener;
  readonly timeline: LiveTimeline;
  readonly clock: Clock;
  /** What the source was before it went away. */
  readonly likeBefore?: AvSourceInfo;
  readonly signal: AbortSignal;
};

/** Who hears of a connection that is read. */
export type LiveConnectionListener = {
  /** Takes each packet, which is lent to it. */
  readonly emit: Emit<AvSourcePacket>;
  readonly infoChanged: () => void;
};

/** Why a connection is over. */
export type LiveConnectionEnd =
  | { readonly kind: "stopped" }
  /** A recording has been read to its end. */
  | { readonly kind: "over" }
  /** The source went away; it may come back. */
  | { readonly kind: "lost"; readonly error: FloeError }
  /** What came cannot be used: trying again would not help. */
  | { readonly kind: "failed"; readonly error: FloeError };

/** Wraps what a listener threw, so that it is told apart from what FFmpeg did. */
class ListenerFault extends Error {}

/** An open connection. `run` is called once. */
export class LiveConnection {
  readonly #options: LiveConnectionOptions;
  readonly #input: LiveInput;
  #tracks: LiveTracks | undefined;
  #emit: Emit<AvSourcePacket> = () => {};

  private constructor(input: LiveInput, options: LiveConnectionOptions) {
    this.#input = input;
    this.#options = options;
  }

  /** Opens the connection and what it takes to decode it. Rejects with a FloeError, or with the signal's reason. */
  static async open(options: LiveConnectionOptions): Promise<LiveConnection> {
    const input = await options.opener.open(options.signal);
    const connection = new LiveConnection(input, options);
    try {
      connection.#tracks = await LiveTracks.open(input.tracks, {
        ...options,
        emit: (packet) => connection.#deliver(packet),
      });
      return connection;
    } catch (error) {
      await input.close();
      throw error;
    }
  }

  get info(): LiveTracksInfo {
    return this.#opened.info;
  }

  get skipped(): number {
    return this.#opened.skipped;
  }

  get faults(): number {
    return this.#opened.faults;
  }

  get copiedBytes(): number {
    return this.#opened.copiedBytes;
  }

  /** Reads until it is over. Never rejects. */
  async run({ emit, infoChanged }: LiveConnectionListener): Promise<LiveConnectionEnd> {
    this.#emit = emit;
    try {
      for (;;) {
        const read = await this.#input.read();
        if (read.kind !== "packet") {
          return this.#end(read);
        }
        if (await this.#take(read)) {
          infoChanged();
        }
      }
    } catch (error) {
      const cause = error instanceof ListenerFault ? error.cause : error;
      return { kind: "failed", error: asFloeError(cause, `reading ${this.#options.opener.name}`) };
    }
  }

  /** Frees everything. Not while `run` is under way, unless the signal was aborted and nothing ends it. */
  async close(): Promise<void> {
    await this.#input.close();
    this.#tracks?.close();
  }

  get #opened(): LiveTracks {
    return this.#tracks as LiveTracks;
  }

  async #take({ track, packet }: LiveRead & { readonly kind: "packet" }): Promise<boolean> {
    const { timeline, clock, signal, opener } = this.#options;
    const { timeBase } = this.#input.tracks[track] as DemuxedTrack;
    const nowUs = clock.nowUs();
    if (packet.pts !== requireNodeAv().AV_NOPTS_VALUE) {
      timeline.observe(track, ticksToUs(packet.pts, timeBase), nowUs);
    }
    const dueUs = timeline.dueUs(track) ?? nowUs;
    if (opener.arrival === "ahead" && dueUs > nowUs) {
      await until(dueUs, clock, signal);
    }
    if (signal.aborted) {
      freePacket(packet);
      return false;
    }
    return await this.#opened.take(track, packet, nowUs - dueUs, nowUs);
  }

  #deliver(packet: AvSourcePacket): void {
    // Between an abort and the end of a decoder's work nothing may come out any more.
    if (this.#options.signal.aborted) {
      return;
    }
    try {
      this.#emit(packet);
    } catch (error) {
      throw new ListenerFault("a stage threw", { cause: error });
    }
  }

  #end(read: Exclude<LiveRead, { readonly kind: "packet" }>): LiveConnectionEnd {
    const { broke } = this.#options.opener;
    switch (read.kind) {
      case "aborted":
        return { kind: "stopped" };
      case "timeout":
        return { kind: "lost", error: broke("timeout") };
      case "failed":
        return { kind: "lost", error: broke(read.code) };
      case "end":
        return this.#input.isFinite ? { kind: "over" } : { kind: "lost", error: broke("end") };
      default:
        return read satisfies never;
    }
  }
}

/** Resolves at `atUs`, or as soon as the signal aborts. */
function until(atUs: Micros, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const finish = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", finish);
      done();
    };
    const timer = clock.schedule(atUs, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}
