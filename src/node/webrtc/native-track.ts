// MediaTransport over a node-datachannel track in raw mode: no media handler is set, so RTP and RTCP pass as they are.
import type { Track } from "node-datachannel";
import type { Logger } from "../../core/diagnosis/logger.js";
import { Signal } from "../../core/signal/signal.js";
import type { MediaTransport } from "../../core/webrtc/media-transport.js";
import { guarded } from "./guard.js";
import { holdUntilClosed } from "./held-handles.js";

/** One raw track. */
export class NativeTrack implements MediaTransport {
  readonly received: Signal<Uint8Array> = new Signal();
  readonly opened: Signal = new Signal();
  readonly #track: Track;
  readonly #logger: Logger;
  #isOpen = false;

  constructor(track: Track, logger: Logger) {
    this.#track = track;
    this.#logger = logger;
    holdUntilClosed(track, logger, () => {
      this.#isOpen = false;
    });
    track.onOpen(
      guarded(logger, "track.opened", () => {
        this.#isOpen = true;
        this.opened.emit();
      }),
    );
    track.onError(guarded(logger, "track.error", (message) => logger.limited("track.error").warn(message)));
    track.onMessage(guarded(logger, "track.received", (packet) => this.received.emit(packet)));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(packet: Uint8Array): boolean {
    if (!this.#isOpen) {
      return false;
    }
    try {
      // The types ask for a Buffer; the native side takes any Uint8Array, also over WASM or shared memory.
      return this.#track.sendMessageBinary(packet as Buffer);
    } catch (error) {
      this.#isOpen = !this.#track.isClosed();
      this.#logger.limited("track.send").debug("a packet could not be sent", { error });
      return false;
    }
  }

  /** Ends the track. Without it the library's callbacks, and with them the process, live until the next collection. */
  close(): void {
    this.#isOpen = false;
    this.received.clear();
    this.opened.clear();
    this.#track.close();
  }
}
