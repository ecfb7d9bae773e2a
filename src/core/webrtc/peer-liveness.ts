// Whether anybody is at the other end, judged by RTCP: UDP never says so. Silence counts only while we send, because a
// receiver that gets nothing has nothing to report.
import type { Micros } from "../time/units.js";

/** Shared by all tracks towards one peer. */
export class PeerLiveness {
  #sentUs: Micros | undefined;

  /** The peer said something over RTCP, whatever it was. */
  heard(): void {
    this.#sentUs = undefined;
  }

  /** Media was sent. */
  sent(nowUs: Micros): void {
    this.#sentUs ??= nowUs;
  }

  /** Since when the peer has been silent although media was sent to it; undefined when it is not silent. */
  get silentSinceUs(): Micros | undefined {
    return this.#sentUs;
  }
}
