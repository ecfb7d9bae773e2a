// What sound should become on its way out.

/** The wanted audio. */
export type AudioTarget = {
  /** Samples a second of each channel. Opus in WebRTC always runs at 48000. */
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  /** Encoded bits per second. */
  readonly bitrateBps: number;
};

/** 48 kHz stereo at 128 kb/s. */
export const defaultAudioTarget: AudioTarget = { sampleRateHz: 48_000, channels: 2, bitrateBps: 128_000 };
