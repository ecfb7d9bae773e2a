// One connection to a live source through FFmpeg: opened, read packet by packet and closed, with every wait bounded and
// interruptible. At most one native call runs at a time.
import type { FormatContext, Packet } from "node-av/lib";
import type { Logger } from "../../core/diagnosis/logger.js";
import type { FloeError } from "../../core/error/floe-error.js";
import type { Clock } from "../../core/time/clock.js";
import { type Micros, milliseconds } from "../../core/time/units.js";
import { type DemuxedTracks, findTracks, type TrackKind } from "./demuxer.js";
import { allocatePacket, contextClosed, contextOpened, freePacket } from "./live-handles.js";
import { loadNodeAv, requireNodeAv } from "./load-node-av.js";
import { readGuard } from "./read-guard.js";
import { within } from "./within.js";

/** What is opened, and how. */
export type LiveInputOptions = {
  /** URL or device name, for FFmpeg. */
  readonly url: string;
  /** FFmpeg's name of the input format; undefined: found out. */
  readonly format?: string;
  readonly options: Readonly<Record<string, string>>;
  /**
   * Devices are asked again and again instead of being waited for: their reads block no thread. They tell what they
   * send as soon as they are open.
   */
  readonly isPolled?: boolean;
  /** No packet for so long, and it counts as gone. The same bound holds for opening. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Hears when there are too few threads for all sources. */
  readonly logger: Logger | undefined;
  /** Ends a wait in `open` and `read`. */
  readonly signal: AbortSignal;
  /** Says what an FFmpeg code from opening means; `timeout`: the bound was reached. */
  readonly openFailed: (code: number | "timeout") => FloeError | Promise<FloeError>;
  /** The same for what is in it: no track that can be used. `codec`: of a video stream that has no decoder. */
  readonly nothingToPlay: (codec: string | undefined) => FloeError;
};

/** A packet of one of the tracks, which the caller frees; or why there is none. */
export type LiveRead =
  | { readonly kind: "packet"; readonly track: TrackKind; readonly packet: Packet }
  | { readonly kind: "end" }
  | { readonly kind: "timeout" }
  | { readonly kind: "failed"; readonly code: number }
  | { readonly kind: "aborted" };

/** How long a stream is looked at until it is understood; most cameras say all in their description. */
const ANALYZE: Readonly<Record<string, string>> = {
  probesize: "5000000",
  analyzeduration: "3000000",
  // The rate is not worth waiting for: pictures carry their times.
  fpsprobesize: "0",
};
/** How often a polled device is asked. */
const POLL_US = milliseconds(4);
/** A thread that is stuck in DNS hears no interrupt: then neither opening nor closing waits for it any longer. */
const PATIENCE_US = milliseconds(400);

/** An open connection. */
export class LiveInput {
  readonly #options: LiveInputOptions;
  readonly #format: FormatContext;
  readonly #onAbort = (): void => this.#format.interrupt();
  #tracks: DemuxedTracks = {};
  #call: Promise<unknown> | undefined;
  #watchdog: Disposable | undefined;
  #isTimedOut = false;
  /** When the watchdog bites; undefined while nothing is waited for. */
  #deadlineUs: Micros | undefined;
  #isClosed = false;
  readonly #reading: Disposable | undefined;

  private constructor(options: LiveInputOptions) {
    this.#options = options;
    this.#format = new (requireNodeAv().FormatContext)();
    this.#format.allocContext();
    contextOpened();
    this.#reading = options.isPolled === true ? undefined : readGuard.admitReader(options.logger);
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Opens. Rejects with what `openFailed` or `nothingToPlay` say, or with the signal's reason. */
  static async open(options: LiveInputOptions): Promise<LiveInput> {
    await loadNodeAv();
    options.signal.throwIfAborted();
    const input = new LiveInput(options);
    try {
      await input.#open();
      return input;
    } catch (error) {
      await input.close();
      throw error;
    }
  }

  /** What it sends. At least one of the two. */
  get tracks(): DemuxedTracks {
    return this.#tracks;
  }

  /** Whether it says how long it is: a recording, not something live. */
  get isFinite(): boolean {
    const { duration } = this.#format;
    return duration > 0n && duration !== requireNodeAv().AV_NOPTS_VALUE;
  }

  /** The next packet of a track. Never rejects. */
  async read(): Promise<LiveRead> {
    const av = requireNodeAv();
    this.#expectWithin();
    for (;;) {
      const packet = allocatePacket();
      const code = await this.#run(() => this.#format.readFrame(packet));
      const track = this.#trackOf(code, packet);
      if (track !== undefined) {
        this.#deadlineUs = undefined;
        return { kind: "packet", track, packet };
      }
      freePacket(packet);
      if (this.#options.signal.aborted) {
        return { kind: "aborted" };
      }
      if (this.#isTimedOut) {
        return { kind: "timeout" };
      }
      if (code === av.AVERROR_EAGAIN) {
        await this.#pause();
      } else if (code === av.AVERROR_EOF) {
        return { kind: "end" };
      } else if (code < 0) {
        return { kind: "failed", code };
      }
    }
  }

  /** Frees everything. Waits for a call that is under way, but not for ever: the rest is then cleaned up behind. */
  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    this.#watchdog?.[Symbol.dispose]();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#format.interrupt();
    await within(this.#free(), PATIENCE_US, this.#options.clock);
  }

  async #free(): Promise<void> {
    await this.#call?.catch(() => {});
    await this.#format.closeInput();
    this.#format.freeContext();
    contextClosed();
    this.#reading?.[Symbol.dispose]();
  }

  async #open(): Promise<void> {
    const av = requireNodeAv();
    const { url, format, options, isPolled = false } = this.#options;
    if (isPolled) {
      this.#format.flags = av.AVFMT_FLAG_NONBLOCK;
    }
    const dictionary = av.Dictionary.fromObject({ ...ANALYZE, ...options });
    const inputFormat = format === undefined ? null : av.InputFormat.findInputFormat(format);
    this.#expectWithin();
    await this.#check(
      await this.#runOrGiveUp(() =>
        this.#format.openInput(url, inputFormat, dictionary).finally(() => dictionary.free()),
      ),
    );
    if (this.#format.iformat?.name === "rtsp") {
      // Its description tells all codecs: no need to wait for packets of one that nobody knows.
      this.#refuseUnknownVideo();
    }
    if (!isPolled) {
      await this.#check(await this.#runOrGiveUp(() => this.#format.findStreamInfo(null)));
    }
    this.#deadlineUs = undefined;
    this.#tracks = findTracks(this.#format);
    if (this.#tracks.video === undefined) {
      // Sound alone is fine; pictures that nobody can decode are not silently left out.
      this.#refuseUnknownVideo();
    }
    if (this.#tracks.video === undefined && this.#tracks.audio === undefined) {
      throw this.#options.nothingToPlay(undefined);
    }
  }

  #refuseUnknownVideo(): void {
    const av = requireNodeAv();
    const videos = this.#format.streams.filter(({ codecpar }) => codecpar.codecType === av.AVMEDIA_TYPE_VIDEO);
    if (videos.length > 0 && videos.every(({ codecpar }) => av.Codec.findDecoder(codecpar.codecId) === null)) {
      const name = av.avGetCodecName(videos[0].codecpar.codecId);
      throw this.#options.nothingToPlay(name === null || name === "none" ? "an unknown codec" : name);
    }
  }

  async #check(code: number): Promise<void> {
    this.#options.signal.throwIfAborted();
    if (this.#isTimedOut) {
      throw await this.#options.openFailed("timeout");
    }
    if (code < 0) {
      throw await this.#options.openFailed(code);
    }
  }

  async #run(call: () => Promise<number>): Promise<number> {
    if (this.#options.signal.aborted || this.#isTimedOut) {
      return requireNodeAv().AVERROR_EXIT;
    }
    const running = call();
    this.#call = running;
    return await running;
  }

  /** As `#run`, but once aborted it answers soon, also while the call itself is stuck: `#free` waits for that. */
  async #runOrGiveUp(call: () => Promise<number>): Promise<number> {
    const { signal, clock } = this.#options;
    const over = new AbortController();
    const running = this.#run(call).finally(() => over.abort());
    const givingUp = new Promise<number>((done) => {
      const giveUp = (): void => {
        const timer = clock.schedule(clock.nowUs() + PATIENCE_US, () => done(requireNodeAv().AVERROR_EXIT));
        over.signal.addEventListener("abort", () => timer[Symbol.dispose]());
      };
      signal.addEventListener("abort", giveUp, { once: true, signal: over.signal });
    });
    return await Promise.race([running, givingUp]);
  }

  #trackOf(code: number, packet: Packet): TrackKind | undefined {
    if (code < 0 || this.#options.signal.aborted) {
      return undefined;
    }
    if (packet.streamIndex === this.#tracks.video?.index) {
      return "video";
    }
    return packet.streamIndex === this.#tracks.audio?.index ? "audio" : undefined;
  }

  /** The watchdog bites when nothing has come by then. One timer follows a deadline that moves with every packet. */
  #expectWithin(): void {
    const { clock, timeoutMs } = this.#options;
    this.#deadlineUs = clock.nowUs() + milliseconds(timeoutMs);
    if (this.#watchdog === undefined) {
      this.#armWatchdog(this.#deadlineUs);
    }
  }

  #armWatchdog(atUs: Micros): void {
    const { clock } = this.#options;
    this.#watchdog = clock.schedule(atUs, () => {
      this.#watchdog = undefined;
      if (this.#deadlineUs === undefined) {
        return;
      }
      if (clock.nowUs() < this.#deadlineUs) {
        this.#armWatchdog(this.#deadlineUs);
        return;
      }
      this.#isTimedOut = true;
      this.#format.interrupt();
    });
  }

  #pause(): Promise<void> {
    const { clock } = this.#options;
    return new Promise((done) => {
      clock.schedule(clock.nowUs() + POLL_US, done);
    });
  }
}
