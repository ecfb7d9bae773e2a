// What turns one encoded frame into packets of a ring: the face that the payload rooms (h264, opus, …) give to a track.

/** What became of a frame. Reused by the writer: read it before the next call. */
export type WrittenFrame = {
  /** Packets written from the first index on; 0 when the frame holds nothing to send. */
  readonly packetCount: number;
  /** Whether decoding may start here. */
  readonly isKey: boolean;
};

/** Bytes that were written, by crossing. The house allows exactly these two for encoded video. */
export type CrossingCounters = {
  /** Encoder memory → arena. */
  nativeToArenaBytes: number;
  /** Arena → packet slots. */
  arenaToSlotBytes: number;
};

/** Copies one encoded frame in and writes its packets into the slots from `firstIndex` on. */
export interface PayloadWriter {
  readonly crossings: CrossingCounters;
  /**
   * `data` is only read during the call, and so is what belongs in front of it (parameter sets that stand apart). Throws
   * FloeError when the frame is larger than the writer's stated limit.
   */
  write(data: Uint8Array, firstIndex: number, inFront?: Uint8Array): WrittenFrame;
}
