// Samples a player: on demand for whoever asks, and once a second while a picture is shown.
import { Signal } from "../../core/signal/signal.js";
import type { WatchStats } from "../webrtc/watch-stats.js";
import type { PlayerState } from "./player-state.js";
import { NO_WATCH_STATS, type PlayerStats } from "./player-stats.js";
import { StampLatency } from "./stamp-latency.js";
import type { PlayerSession } from "./viewing-ports.js";

const SAMPLE_EVERY_MS = 1000;
/** Who asks again sooner gets the same look: each one resets the rates, and rates over less time are noise. */
const FRESH_MS = 400;

/** What there is to sample, asked for at each look. */
export type SampledPlayer = {
  readonly video: HTMLVideoElement;
  readonly state: () => PlayerState["kind"];
  readonly session: () => PlayerSession | undefined;
};

/** The numbers of one player, over all of its calls. */
export class PlayerSampler {
  /** One look a second while running. */
  readonly sampled: Signal<PlayerStats> = new Signal();
  readonly #player: SampledPlayer;
  readonly #latency: StampLatency;
  #askedAtMs = 0;
  #firstFrameMs: number | undefined;
  #timer: number | undefined;
  #session: PlayerSession | undefined;
  #look: Promise<WatchStats> = Promise.resolve(NO_WATCH_STATS);
  #lookedAtMs = 0;

  constructor(player: SampledPlayer) {
    this.#player = player;
    this.#latency = new StampLatency(player.video);
  }

  /** Somebody wants to watch, now: the time to the first picture runs. */
  asked(): void {
    this.#askedAtMs = performance.now();
    this.#firstFrameMs = undefined;
  }

  /** A picture is there, now. Only the first one after `asked` counts. */
  pictureShown(): void {
    this.#firstFrameMs ??= performance.now() - this.#askedAtMs;
  }

  /** Runs from now on: reads stamps and samples once a second. */
  start(): void {
    if (this.#timer === undefined) {
      this.#latency.start();
      this.#timer = self.setInterval(() => void this.#sample(), SAMPLE_EVERY_MS);
    }
  }

  /** Stops running; `stats` still answers. */
  stop(): void {
    self.clearInterval(this.#timer);
    this.#timer = undefined;
    this.#latency.stop();
  }

  /** The player's numbers, at most 0.4 s old. */
  async stats(): Promise<PlayerStats> {
    const look = await this.#takeLook();
    return {
      ...look,
      state: this.#player.state(),
      firstFrameMs: this.#firstFrameMs,
      latency: this.#latency.read(),
    };
  }

  #takeLook(): Promise<WatchStats> {
    const session = this.#player.session();
    const nowMs = performance.now();
    if (session === undefined) {
      return Promise.resolve(NO_WATCH_STATS);
    }
    if (session !== this.#session || nowMs - this.#lookedAtMs >= FRESH_MS) {
      this.#session = session;
      this.#lookedAtMs = nowMs;
      this.#look = session.stats();
    }
    return this.#look;
  }

  async #sample(): Promise<void> {
    const stats = await this.stats();
    if (this.#timer !== undefined) {
      this.sampled.emit(stats);
    }
  }
}
