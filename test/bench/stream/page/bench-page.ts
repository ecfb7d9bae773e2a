// What the bench asks of its page, as `bench` on the global object.

/** Whom to watch, and how the browser should play. */
export type WatchOptions = { readonly peer: string; readonly playout: "live" | "sync"; readonly muted: boolean };

/** What was seen since `begin`; the counters of the browser are since the call began. */
export type FrameSamples = {
  /** Age of each shown frame's stamp. */
  readonly latenciesMs: readonly number[];
  readonly frames: number;
  /** Frames whose number did not go up. */
  readonly disorder: number;
  readonly packetsLost: number;
  readonly freezes: number;
  readonly nacks: number;
  readonly framesDropped: number;
  readonly codec: string;
  readonly bitrateBps: number;
  readonly audioEnergy: number;
};

/** The page. */
export interface BenchPage {
  /** Resolves with the milliseconds from the call to the first frame. */
  watch(options: WatchOptions): Promise<number>;
  begin(): void;
  samples(): Promise<FrameSamples>;
}
