// MediaTransport over SRTP of our own and a path of werift's: one carrier for all sections, RTP and RTCP.
import { Signal } from "../../../core/signal/signal.js";
import type { MediaTransport } from "../../../core/webrtc/media-transport.js";
import type { SrtpCounters, SrtpSession } from "../../srtp/srtp-session.js";

/** The carrier; it is closed until it gets keys. */
export class WeriftMedia implements MediaTransport {
  readonly received: Signal<Uint8Array> = new Signal();
  readonly #sendProtected: (packet: Uint8Array) => boolean;
  #srtp: SrtpSession | undefined;
  #counters: Readonly<SrtpCounters> | undefined;

  /** `sendProtected` puts a datagram on the path. */
  constructor(sendProtected: (packet: Uint8Array) => boolean) {
    this.#sendProtected = sendProtected;
  }

  get isOpen(): boolean {
    return this.#srtp !== undefined;
  }

  /** Packets that were dropped, once it was open. */
  get counters(): Readonly<SrtpCounters> | undefined {
    return this.#counters;
  }

  open(srtp: SrtpSession): void {
    this.#srtp = srtp;
    this.#counters = srtp.counters;
  }

  send(packet: Uint8Array): boolean {
    const sealed = this.#srtp?.protect(packet);
    return sealed !== undefined && this.#sendProtected(sealed);
  }

  /** A protected packet of the peer; it is overwritten. */
  receive(packet: Buffer): void {
    const plain = this.#srtp?.unprotect(packet);
    if (plain !== undefined) {
      this.received.emit(plain);
    }
  }

  close(): void {
    this.#srtp = undefined;
    this.received.clear();
  }
}
