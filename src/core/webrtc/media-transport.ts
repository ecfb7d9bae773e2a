// The transport port: raw RTP and RTCP of one media section. Skins implement it over a real ICE/DTLS/SRTP stack.
import type { Signal } from "../signal/signal.js";

/** What carries one or more negotiated media sections; packets are told apart by SSRC. SRTP is the transport's business; what passes here is plain. */
export interface MediaTransport {
  /**
   * Sends one RTP or RTCP packet (the transport tells them apart by RFC 5761 4) before it returns; the bytes are free
   * again then and may lie in shared memory. False when it could not be sent; never throws.
   */
  send(packet: Uint8Array): boolean;
  /** A packet from the peer; the bytes are valid during the call only. */
  readonly received: Signal<Uint8Array>;
  /** Whether `send` can work now. */
  readonly isOpen: boolean;
}
