// The one source of stream mode over all its openings: opened for the first user, closed a while after the last, tried
// again while it cannot be opened, and always able to say in words how it is.
import { maskUrl } from "../../../../core/diagnosis/mask-url.js";
import { FloeError } from "../../../../core/error/floe-error.js";
import { Signal } from "../../../../core/signal/signal.js";
import type { Clock } from "../../../../core/time/clock.js";
import { type Micros, seconds } from "../../../../core/time/units.js";
import type { LiveSource } from "./live-source.js";
import { type Lease, OnDemand } from "./on-demand.js";
import type { StreamSource } from "./stream-source.js";

/** A source on the network that cannot be opened is tried this often although nobody asks, so that it is ready again by itself. */
const RETRY_US: Micros = seconds(30);

/** How the source is. `idle`: closed, because nobody watches; `reconnecting`: open, gone, and being opened again. */
export type SourceState = "idle" | "open" | "reconnecting" | "error";

/** The source in words, as presence and status show it. Credentials are masked. */
export type SourceFacts = {
  readonly name: string;
  readonly state: SourceState;
  /** Why it is in this state: `code: what happened. How to fix it.`; empty when there is nothing to say. */
  readonly words: string;
  /** Whether it goes through untouched, and why not; empty before it was open for the first time. */
  readonly passthrough: string;
};

/** What a keeper works with. */
export type SourceKeeperOptions = {
  /** What people call the source, credentials masked. */
  readonly name: string;
  /** Opens the source without starting it; gives up when `signal` aborts, as soon as it can. */
  readonly openSource: (signal: AbortSignal) => Promise<StreamSource>;
  /** Opens and starts it. Nothing stays open when that fails. */
  readonly goLive: (open: () => Promise<StreamSource>) => Promise<LiveSource>;
  /** The error as it may be told to viewers. */
  readonly shownError: (error: unknown) => FloeError;
  /** Whether it is tried again by itself after this: it may only be away. */
  readonly isAway: (error: FloeError) => boolean;
  readonly graceUs: Micros;
  readonly clock: Clock;
};

/** Owns the source. */
export class SourceKeeper {
  /** The facts are others. */
  readonly changed: Signal<SourceFacts> = new Signal();
  /** It ended (undefined) or broke under its users; their leases hold nothing any more. */
  readonly finished: Signal<FloeError | undefined> = new Signal();
  readonly #options: SourceKeeperOptions;
  readonly #onDemand: OnDemand<LiveSource>;
  readonly #abort = new AbortController();
  #live: LiveSource | undefined;
  #lastError: FloeError | undefined;
  #passthrough = "";
  #facts: SourceFacts;
  #retry: Disposable | undefined;

  constructor(options: SourceKeeperOptions) {
    this.#options = options;
    this.#onDemand = new OnDemand({
      open: (signal) => this.#open(signal),
      close: (live) => this.#close(live),
      graceUs: options.graceUs,
      clock: options.clock,
    });
    this.#facts = this.#describe();
  }

  /** The open source, if it is open. */
  get live(): LiveSource | undefined {
    return this.#live;
  }

  /** Why it could not be opened, or broke, when that came last; undefined when it is fine. */
  get lastError(): FloeError | undefined {
    return this.#lastError;
  }

  /** How it is, in words. */
  get facts(): SourceFacts {
    return this.#facts;
  }

  /**
   * Holds it open until the lease is released. Rejects with why it cannot be opened, or with the reason of `signal`: who
   * leaves while it is being opened ends that, unless others wait for it too.
   */
  acquire(signal?: AbortSignal): Promise<Lease<LiveSource>> {
    return this.#onDemand.acquire(signal);
  }

  /** Opens it once and closes it again, without starting it: whether it can be opened. Rejects with why not. */
  async probe(): Promise<void> {
    try {
      const source = await this.#openUnless(this.#abort.signal);
      this.#passthrough = source.info.passthrough?.words ?? "";
      await source.close?.();
    } catch (error) {
      throw this.#options.shownError(error);
    }
    this.#tell();
  }

  /** Opens it for a moment, as for a viewer who leaves at once; what goes wrong is in `lastError`. Never rejects. */
  async tryOut(): Promise<void> {
    await this.acquire().then(
      (lease) => lease.release(),
      () => {},
    );
  }

  /** Closes it for good, now. What is being opened is not waited for, and closed when it is there. */
  async shutdown(): Promise<void> {
    this.#abort.abort(new FloeError("source/shut-down", "the server is shutting down"));
    this.#retry?.[Symbol.dispose]();
    this.#retry = undefined;
    await this.#onDemand.shutdown();
    this.changed.clear();
    this.finished.clear();
  }

  async #open(abandoned: AbortSignal): Promise<LiveSource> {
    this.#retry?.[Symbol.dispose]();
    this.#retry = undefined;
    const signal = AbortSignal.any([this.#abort.signal, abandoned]);
    try {
      const live = await this.#options.goLive(() => this.#openUnless(signal));
      if (signal.aborted) {
        await live.close();
        signal.throwIfAborted();
      }
      this.#live = live;
      this.#lastError = undefined;
      live.finished.on((error) => this.#finish(live, error));
      live.changed.on(() => this.#tell());
      this.#tell();
      return live;
    } catch (error) {
      if (abandoned.aborted) {
        // Nobody waits for it, and nothing was learned about it.
        throw error;
      }
      this.#fail(this.#options.shownError(error));
      throw this.#lastError;
    }
  }

  /** A camera that does not answer may take its time; nobody waits for it behind the signal. */
  #openUnless(signal: AbortSignal): Promise<StreamSource> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      this.#options
        .openSource(signal)
        .then(async (source) => {
          if (signal.aborted) {
            await source.close?.();
          } else {
            resolve(source);
          }
        })
        .catch(reject)
        .finally(() => signal.removeEventListener("abort", giveUp));
    });
  }

  async #close(live: LiveSource): Promise<void> {
    this.#live = undefined;
    this.#tell();
    await live.close();
  }

  #finish(live: LiveSource, cause: FloeError | undefined): void {
    const error = cause && this.#options.shownError(cause);
    this.#live = undefined;
    if (error === undefined) {
      this.#tell();
    } else {
      this.#fail(error);
    }
    this.finished.emit(error);
    // What fails to close is the source's own to log; nobody waits here.
    this.#onDemand.discard(live).catch(() => {});
  }

  #fail(error: FloeError): void {
    this.#lastError = error;
    this.#tell();
    if (this.#options.isAway(error) && !this.#abort.signal.aborted) {
      const { clock } = this.#options;
      this.#retry?.[Symbol.dispose]();
      this.#retry = clock.schedule(clock.nowUs() + RETRY_US, () => {
        this.#retry = undefined;
        void this.tryOut();
      });
    }
  }

  #tell(): void {
    const before = this.#facts;
    const now = this.#describe();
    if (before.state !== now.state || before.words !== now.words || before.passthrough !== now.passthrough) {
      this.#facts = now;
      this.changed.emit(now);
    }
  }

  #describe(): SourceFacts {
    const { name } = this.#options;
    const live = this.#live;
    if (live === undefined) {
      const words = this.#lastError?.toString() ?? "";
      return { name, state: words === "" ? "idle" : "error", words, passthrough: this.#passthrough };
    }
    const { health } = live;
    this.#passthrough = live.info.passthrough?.words ?? "";
    const isOk = health.kind === "ok";
    return {
      name,
      state: isOk ? "open" : "reconnecting",
      words: isOk ? "" : maskUrl(health.reason),
      passthrough: this.#passthrough,
    };
  }
}
