// A publisher as a program gets it: what it sends, encoded as it came.
import type { Signal } from "../../../../core/signal/signal.js";
import type { ExternalSource } from "../../../../core/stream/adapter.js";
import type { ReceivedMedia } from "../../../../core/webrtc/media-receiver.js";

/** Whoever publishes, from the answer to the end of the call. */
export type ReceivedPublisher = {
  /** `user|id`. */
  readonly peer: string;
  /** What was agreed; absent where nothing is sent. */
  readonly video?: "h264" | "vp8";
  readonly audio?: "opus";
  /**
   * Encoded pictures and sound on one timeline, lent: `new PacketStream({ … }).source(media, { lifecycle: "external" })`. Each stream
   * that listens begins with a key frame, which is asked for.
   */
  readonly media: ExternalSource<ReceivedMedia>;
  /** A picture to begin with is needed: asked for until it comes, at most every 500 ms. */
  requestKeyFrame(): void;
  /** The publisher has left, and nothing comes any more; why, in words. */
  readonly ended: Signal<string>;
  /** Ends the call, and tells the publisher why. */
  hangup(reason: string): void;
};
