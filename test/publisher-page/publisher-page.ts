// What tests and benches ask of the publisher page, as `publisher` on its global object.
import type { Captured } from "./capture-meter.js";

/** What to publish. */
export type PublishedMedia = {
  /** Of the camera; 640x360 at 30 when left out. */
  readonly video?: { readonly width: number; readonly height: number; readonly fps: number } | "none";
  /** The microphone; "on" when left out. */
  readonly audio?: "on" | "none";
  /** Offered first. */
  readonly videoCodec?: "h264" | "vp8";
  /** Names the recording. */
  readonly user?: string;
  /** The server's. */
  readonly token?: string;
  /** Notes flashes and beeps of what is published; false when left out. */
  readonly meter?: boolean;
};

/** What the page's own side has counted. */
export type PublisherCounts = {
  /** Pictures that were encoded and sent. */
  readonly framesSent: number;
  readonly codec: string;
  readonly nacks: number;
  readonly keyFrameRequests: number;
  /** Of the encoder's picture now. */
  readonly width: number;
  readonly height: number;
};

/** The page. */
export interface PublisherPage {
  /** Calls the server with the camera and the microphone; resolves when media flow. */
  publish(media?: PublishedMedia): Promise<void>;
  /** Goes on with the camera in another size. */
  replaceCamera(size: { readonly width: number; readonly height: number }): Promise<void>;
  counts(): Promise<PublisherCounts>;
  /** When what is published has flashed and beeped so far. */
  captured(): Captured;
  /** Why the call ended, in words; "" while it goes on. */
  readonly ending: string;
  hangup(): void;
}

/** The page's global object. */
export type PublisherGlobal = { readonly publisher: PublisherPage };
