// What benches and tests ask of the viewer page, as `viewer` on its global object.

/** Whom to watch, and how the browser should play. */
export type WatchOptions = { readonly peer: string; readonly playout: "live" | "sync"; readonly muted: boolean };

/** What was seen since `begin`; the counters of the browser are since the call began. */
export type FrameSamples = {
  /** Age of each shown frame's stamp. */
  readonly latenciesMs: readonly number[];
  /** The numbers in the stamps, 0..65535, each frame once. */
  readonly frameNumbers: readonly number[];
  readonly frames: number;
  /** Frames whose number went down. */
  readonly disorder: number;
  readonly packetsLost: number;
  readonly freezes: number;
  readonly nacks: number;
  readonly framesDropped: number;
  readonly codec: string;
  readonly bitrateBps: number;
  /**
   * With `measureSync`, for each flash since the last samples: milliseconds by which the sound is behind the picture, the
   * way to the loudspeaker included as the browser estimates it.
   */
  readonly syncOffsetsMs: readonly number[];
  readonly audioEnergy: number;
};

/** The page. */
export interface ViewerPage {
  /** Resolves with the milliseconds from the call to the first frame. */
  watch(options: WatchOptions): Promise<number>;
  /** Where the call stands, as a sentence. */
  readonly words: string;
  /** Begins to measure flash against beep; the call has sound already. */
  measureSync(): void;
  begin(): void;
  samples(): Promise<FrameSamples>;
}

/** The page's global object. */
export type ViewerGlobal = { readonly viewer: ViewerPage };
