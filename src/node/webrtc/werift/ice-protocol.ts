// werift's STUN transactions over a way of ours. Sockets of its own are left alone: without a listener for errors, one address
// of a peer that the system refuses would end the process.
import { WireError } from "../../../core/error/floe-error.js";
import { StunAttribute, StunClass } from "../../../core/stun/stun-constants.js";
import { StunMessage } from "../../../core/stun/stun-message.js";
import type { DatagramWay } from "./datagram-way.js";
import type { Werift } from "./load-werift.js";

type Candidate = InstanceType<Werift["Candidate"]>;
type StunProtocol = InstanceType<Werift["StunProtocol"]>;
type Message = InstanceType<Werift["Message"]>;

/** Errors that a peer may answer checks with: werift asks again after each, without a pause. */
const MAX_ERRORS = 16;

/** One local candidate. */
export class IceProtocol {
  readonly way: DatagramWay;
  readonly protocol: StunProtocol;
  readonly candidate: Candidate;
  #errors = 0;

  /** `requested` hears the requests that come in, whoever sent them. */
  constructor(
    werift: Werift,
    way: DatagramWay,
    candidate: Candidate,
    requested: (message: Message, host: string, port: number, bytes: Buffer) => void,
  ) {
    this.way = way;
    this.candidate = candidate;
    this.protocol = new werift.StunProtocol();
    this.protocol.localCandidate = candidate;
    this.protocol.transport = transportOver(way);
    this.protocol.onRequestReceived.subscribe((message, [host, port], bytes) => requested(message, host, port, bytes));
  }

  /** A datagram that is STUN by its first byte. */
  receive(bytes: Buffer, host: string, port: number): void {
    if (this.#isFit(bytes)) {
      // Private in the library's types only: it is what its own socket calls.
      const inside = this.protocol as unknown as { datagramReceived(bytes: Buffer, from: [string, number]): void };
      inside.datagramReceived(bytes, [host, port]);
    }
  }

  close(): void {
    void this.protocol.close();
  }

  /** Whether the library may see it: it reads an error's code without looking whether there is one. */
  #isFit(bytes: Buffer): boolean {
    try {
      const message = StunMessage.parse(bytes);
      if (message.messageClass === StunClass.error) {
        return message.has(StunAttribute.errorCode) && this.#errors++ < MAX_ERRORS;
      }
      return true;
    } catch (error) {
      if (error instanceof WireError) {
        return false;
      }
      throw error;
    }
  }
}

/** The way as the library's own UDP socket. */
function transportOver(way: DatagramWay): StunProtocol["transport"] {
  const transport = {
    type: "udp",
    socketType: way.family === 6 ? "udp6" : "udp4",
    closed: false,
    send: (bytes: Buffer, [host, port]: [string, number]) => {
      way.send(bytes, host, port);
      return Promise.resolve();
    },
    close: () => {
      transport.closed = true;
      way.close();
      return Promise.resolve();
    },
  };
  return transport as unknown as StunProtocol["transport"];
}
