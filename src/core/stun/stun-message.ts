// A STUN message as a view over its bytes (RFC 8489 5, 14). Nothing is copied and no attribute is looked at before it is asked for.
//
//    0                   1                   2                   3
//   |0 0|  STUN message type (14)   |   length without header      |
//   |                   magic cookie 0x2112A442                    |
//   |                 transaction identifier (96)                  |
//   then attributes: | type (16) | length (16) | value, padded to 4 bytes |
import { WireError } from "../error/floe-error.js";
import type { TransportAddress } from "../net/transport-address.js";
import { readAddress, readErrorCode, type StunError, unxorAddress } from "./stun-attributes.js";
import {
  ATTRIBUTE_HEADER_BYTES,
  MAGIC_COOKIE,
  STUN_HEADER_BYTES,
  StunAttribute,
  type StunClass,
} from "./stun-constants.js";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** One attribute: its type and a view of its value. */
export type StunAttributeView = { readonly type: number; readonly value: Uint8Array };

/** A parsed message: valid while the bytes are. Attributes behind the integrity are not seen (RFC 8489 14.5). */
export class StunMessage {
  /** The whole message. */
  readonly bytes: Uint8Array;
  readonly messageClass: StunClass;
  /** See {@link StunMethod}. */
  readonly method: number;
  /** Where MESSAGE-INTEGRITY begins; 0 for none. */
  readonly integrityAt: number;
  /** Where MESSAGE-INTEGRITY-SHA256 begins; 0 for none. */
  readonly integritySha256At: number;
  /** Where FINGERPRINT begins; 0 for none. */
  readonly fingerprintAt: number;
  /** End of the attributes that count: the first integrity, or the message's end. */
  readonly #protectedEnd: number;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const type = (bytes[0] << 8) | bytes[1];
    this.messageClass = (((type >> 7) & 2) | ((type >> 4) & 1)) as StunClass;
    this.method = (type & 0xf) | ((type >> 1) & 0x70) | ((type >> 2) & 0xf80);
    let [sha1At, sha256At, fingerprintAt, isPastIntegrity] = [0, 0, 0, false];
    for (let at = STUN_HEADER_BYTES; at < bytes.length; ) {
      const attribute = (bytes[at] << 8) | bytes[at + 1];
      const lengthBytes = (bytes[at + 2] << 8) | bytes[at + 3];
      const next = at + ATTRIBUTE_HEADER_BYTES + ((lengthBytes + 3) & ~3);
      if (next > bytes.length) {
        throw new WireError("stun/attribute", `attribute ${hex(attribute)} runs ${next - bytes.length} bytes too far`);
      }
      if (fingerprintAt > 0) {
        throw new WireError("stun/after-fingerprint", `attribute ${hex(attribute)} behind FINGERPRINT`);
      }
      if (attribute === StunAttribute.messageIntegrity && sha1At === 0 && !isPastIntegrity) {
        checkLength(attribute, lengthBytes, lengthBytes === 20);
        sha1At = at;
        isPastIntegrity = true;
      } else if (attribute === StunAttribute.messageIntegritySha256 && sha256At === 0) {
        checkLength(attribute, lengthBytes, lengthBytes >= 16 && lengthBytes <= 32 && lengthBytes % 4 === 0);
        sha256At = at;
        isPastIntegrity = true;
      } else if (attribute === StunAttribute.fingerprint) {
        checkLength(attribute, lengthBytes, lengthBytes === 4);
        fingerprintAt = at;
      }
      at = next;
    }
    this.integrityAt = sha1At;
    this.integritySha256At = sha256At;
    this.fingerprintAt = fingerprintAt;
    this.#protectedEnd = Math.min(...[sha1At, sha256At, fingerprintAt].map((at) => (at === 0 ? bytes.length : at)));
  }

  /**
   * A view of exactly one message. Throws `WireError`: `stun/short`, `stun/not-stun` (leading bits or cookie),
   * `stun/length`, `stun/attribute`, `stun/after-fingerprint`.
   */
  static parse(bytes: Uint8Array): StunMessage {
    if (bytes.length < STUN_HEADER_BYTES) {
      throw new WireError("stun/short", `a STUN header needs 20 bytes, got ${bytes.length}`);
    }
    if (!isStun(bytes)) {
      throw new WireError("stun/not-stun", "the leading bits or the magic cookie are not STUN's");
    }
    const lengthBytes = (bytes[2] << 8) | bytes[3];
    if ((lengthBytes & 3) !== 0 || lengthBytes + STUN_HEADER_BYTES !== bytes.length) {
      throw new WireError("stun/length", `the header tells ${lengthBytes} bytes, ${bytes.length - 20} came`);
    }
    return new StunMessage(bytes);
  }

  /** A view of the 12 bytes. */
  get transactionId(): Uint8Array {
    return this.bytes.subarray(8, STUN_HEADER_BYTES);
  }

  /** True when both carry the same transaction identifier. */
  isAnswerTo(transactionId: Uint8Array): boolean {
    return transactionId.every((byte, at) => this.bytes[8 + at] === byte);
  }

  has(type: number): boolean {
    return this.value(type) !== undefined;
  }

  /** A view of the first such attribute's value. */
  value(type: number): Uint8Array | undefined {
    for (let at = STUN_HEADER_BYTES; at < this.#protectedEnd; at = this.#next(at)) {
      if (((this.bytes[at] << 8) | this.bytes[at + 1]) === type) {
        return this.#valueAt(at);
      }
    }
    return undefined;
  }

  /** Every attribute in order, up to the integrity. */
  *attributes(): Generator<StunAttributeView> {
    for (let at = STUN_HEADER_BYTES; at < this.#protectedEnd; at = this.#next(at)) {
      yield { type: (this.bytes[at] << 8) | this.bytes[at + 1], value: this.#valueAt(at) };
    }
  }

  /** An attribute of exactly `lengthBytes`. Throws `WireError("stun/attribute")` for another length. */
  sized(type: number, lengthBytes: number): Uint8Array | undefined {
    const value = this.value(type);
    if (value !== undefined) {
      checkLength(type, value.length, value.length === lengthBytes);
    }
    return value;
  }

  /** UTF-8 text. Throws `WireError("stun/attribute")` when it is not. */
  text(type: number): string | undefined {
    const value = this.value(type);
    if (value === undefined) {
      return undefined;
    }
    try {
      // A copy where the bytes are shared: browsers decode no shared memory.
      return utf8.decode(value.slice());
    } catch {
      throw new WireError("stun/attribute", `attribute ${hex(type)} is not UTF-8`);
    }
  }

  /** An unsigned number of 32 bits. Throws `WireError("stun/attribute")` for another length. */
  u32(type: number): number | undefined {
    const value = this.sized(type, 4);
    return value === undefined ? undefined : ((value[0] << 24) | (value[1] << 16) | (value[2] << 8) | value[3]) >>> 0;
  }

  /** A plain address (MAPPED-ADDRESS, ALTERNATE-SERVER). Throws `WireError("stun/address")`. */
  address(type: number): TransportAddress | undefined {
    const value = this.value(type);
    return value === undefined ? undefined : readAddress(value);
  }

  /** The first such XORed address. Throws `WireError("stun/address")`. */
  xorAddress(type: number): TransportAddress | undefined {
    const value = this.value(type);
    return value === undefined ? undefined : unxorAddress(readAddress(value), this.transactionId);
  }

  /** All XORed addresses of a type. Throws `WireError("stun/address")`. */
  xorAddresses(type: number): TransportAddress[] {
    const addresses: TransportAddress[] = [];
    for (const attribute of this.attributes()) {
      if (attribute.type === type) {
        addresses.push(unxorAddress(readAddress(attribute.value), this.transactionId));
      }
    }
    return addresses;
  }

  /** ERROR-CODE. Throws `WireError("stun/attribute")` when it is malformed. */
  errorCode(): StunError | undefined {
    const value = this.value(StunAttribute.errorCode);
    return value === undefined ? undefined : readErrorCode(value);
  }

  /** Types below 0x8000 that are not in `understood`, each once: what a 420 lists. At most 64 of them. */
  unknownRequired(understood: ReadonlySet<number>): number[] {
    const unknown = new Set<number>();
    for (let at = STUN_HEADER_BYTES; at < this.#protectedEnd && unknown.size < 64; at = this.#next(at)) {
      const type = (this.bytes[at] << 8) | this.bytes[at + 1];
      if (type < 0x8000 && !understood.has(type)) {
        unknown.add(type);
      }
    }
    return [...unknown];
  }

  #valueAt(at: number): Uint8Array {
    const from = at + ATTRIBUTE_HEADER_BYTES;
    return this.bytes.subarray(from, from + ((this.bytes[at + 2] << 8) | this.bytes[at + 3]));
  }

  #next(at: number): number {
    return at + ATTRIBUTE_HEADER_BYTES + ((((this.bytes[at + 2] << 8) | this.bytes[at + 3]) + 3) & ~3);
  }
}

/** Whether at least 20 bytes begin as STUN does: two zero bits and the cookie. RTP, DTLS and ChannelData do not. */
export function isStun(bytes: Uint8Array): boolean {
  return (
    bytes.length >= STUN_HEADER_BYTES &&
    bytes[0] < 0x40 &&
    ((bytes[4] << 24) | (bytes[5] << 16) | (bytes[6] << 8) | bytes[7]) === MAGIC_COOKIE
  );
}

function checkLength(type: number, lengthBytes: number, isRight: boolean): void {
  if (!isRight) {
    throw new WireError("stun/attribute", `attribute ${hex(type)} cannot have ${lengthBytes} bytes`);
  }
}

function hex(type: number): string {
  return `0x${type.toString(16).padStart(4, "0")}`;
}
