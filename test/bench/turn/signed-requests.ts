// Requests with long-term credentials, as the clients of a bench send them.
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import type { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";

/** Who asks. */
export type BenchUser = { readonly user: string; readonly password: string; readonly realm: string };

/** Sends a request and gives its answer. */
export type Exchange = (request: Uint8Array) => Promise<StunMessage>;

const CHANNEL = 0x4000;

/** Asks for one user. */
export class SignedRequests {
  readonly #user: BenchUser;
  readonly #key: StunKey;
  #serial = 0;

  constructor(user: BenchUser) {
    this.#user = user;
    this.#key = StunKey.longTerm(user.user, user.realm, user.password);
  }

  /** Allocates, and binds channel 0x4000 to a peer on 127.0.0.1. Rejects when that is refused. */
  async allocate(exchange: Exchange, peerPort: number): Promise<void> {
    const udp = (writer: StunWriter): unknown => writer.octet(StunAttribute.requestedTransport, 17);
    const challenge = await exchange(this.#write(StunMethod.allocate, "", udp));
    const nonce = challenge.text(StunAttribute.nonce) ?? "";
    const allocated = await exchange(this.#write(StunMethod.allocate, nonce, udp));
    const bound = await exchange(
      this.#write(StunMethod.channelBind, nonce, (writer) =>
        writer.channelNumber(CHANNEL).xorAddress(StunAttribute.xorPeerAddress, parseIpAddress("127.0.0.1", peerPort)),
      ),
    );
    for (const answer of [allocated, bound]) {
      if (answer.messageClass !== StunClass.success) {
        throw new Error(`a request was refused: ${JSON.stringify(answer.errorCode())}`);
      }
    }
  }

  #write(method: number, nonce: string, fill: (writer: StunWriter) => void): Uint8Array {
    const id = new Uint8Array(12);
    new DataView(id.buffer).setUint32(0, ++this.#serial);
    const writer = new StunWriter(new Uint8Array(600)).start(StunClass.request, method, id);
    fill(writer);
    if (nonce !== "") {
      const { user, realm } = this.#user;
      writer.text(StunAttribute.username, user).text(StunAttribute.realm, realm).text(StunAttribute.nonce, nonce);
      writer.integrity(this.#key);
    }
    return writer.finishCopy();
  }
}
