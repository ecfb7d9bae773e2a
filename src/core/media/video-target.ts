// What a picture should become on its way out: size, rate and bits. Intent, not mechanism.

/** The wanted video. A source keeps its aspect inside `width` x `height` and is never enlarged. */
export type VideoTarget = {
  /** Widest picture in pixels, even. */
  readonly width: number;
  /** Tallest picture in pixels, even. */
  readonly height: number;
  /** Most frames in a second; slower sources keep their own times. */
  readonly fps: number;
  /** Encoded bits per second. */
  readonly bitrateBps: number;
};

/** 1280x720, 30 frames a second, 2 Mb/s. */
export const defaultVideoTarget: VideoTarget = { width: 1280, height: 720, fps: 30, bitrateBps: 2_000_000 };
