// Writes STUN messages into the caller's buffer (RFC 8489 5, 14).
import { FloeError } from "../error/floe-error.js";
import type { IpFamily, TransportAddress } from "../net/transport-address.js";
import { type StunAddressError, type StunIcmp, unxorAddress } from "./stun-attributes.js";
import {
  ATTRIBUTE_HEADER_BYTES,
  MAGIC_COOKIE,
  STUN_HEADER_BYTES,
  STUN_REASONS,
  StunAttribute,
  type StunClass,
  TRANSACTION_ID_BYTES,
} from "./stun-constants.js";
import { fingerprintOf, writeIntegrity } from "./stun-integrity.js";
import type { StunKey } from "./stun-key.js";

const utf8 = new TextEncoder();
const mac = new Uint8Array(32);

/** The 14 bits of a message's type. */
export function stunMessageType(messageClass: StunClass, method: number): number {
  const methodBits = (method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2);
  return methodBits | ((messageClass & 1) << 4) | ((messageClass & 2) << 7);
}

/**
 * One message after the other into one buffer: `start`, attributes, `finish`. Integrity comes behind everything but the
 * fingerprint, the fingerprint last. Throws `FloeError("stun/full")` when the buffer is too small.
 */
export class StunWriter {
  readonly #bytes: Uint8Array;
  readonly #paddingByte: number;
  #at = 0;

  /** Writes from the start of `bytes`. `paddingByte` fills attributes up to 4 bytes; receivers ignore it. */
  constructor(bytes: Uint8Array, { paddingByte = 0 }: { readonly paddingByte?: number } = {}) {
    this.#bytes = bytes;
    this.#paddingByte = paddingByte;
  }

  /** Begins a message; what was written before is given up. */
  start(messageClass: StunClass, method: number, transactionId: Uint8Array): this {
    this.#at = 0;
    this.#need(STUN_HEADER_BYTES);
    this.#u16(0, stunMessageType(messageClass, method));
    this.#u16(2, 0);
    this.#u32(4, MAGIC_COOKIE);
    this.#bytes.set(transactionId.subarray(0, TRANSACTION_ID_BYTES), 8);
    this.#at = STUN_HEADER_BYTES;
    return this;
  }

  /** An attribute with a value that is bytes already; without one it is a flag. */
  attribute(type: number, value: Uint8Array = NO_BYTES): this {
    this.#bytes.set(value, this.#open(type, value.length));
    return this;
  }

  text(type: number, text: string): this {
    return this.attribute(type, utf8.encode(text));
  }

  u32(type: number, value: number): this {
    this.#u32(this.#open(type, 4), value);
    return this;
  }

  /** A number in the first octet of four: REQUESTED-TRANSPORT. */
  octet(type: number, value: number): this {
    return this.u32(type, (value << 24) >>> 0);
  }

  /** REQUESTED-ADDRESS-FAMILY, ADDITIONAL-ADDRESS-FAMILY. */
  family(type: number, family: IpFamily): this {
    return this.octet(type, family === 4 ? 1 : 2);
  }

  /** EVEN-PORT; `reserveNext` asks for the port above it too. */
  evenPort({ reserveNext }: { readonly reserveNext: boolean }): this {
    this.#bytes[this.#open(StunAttribute.evenPort, 1)] = reserveNext ? 0x80 : 0;
    return this;
  }

  channelNumber(channel: number): this {
    return this.u32(StunAttribute.channelNumber, (channel << 16) >>> 0);
  }

  /** A plain address (MAPPED-ADDRESS, ALTERNATE-SERVER). */
  address(type: number, address: TransportAddress): this {
    const at = this.#open(type, address.family === 4 ? 8 : 20);
    this.#u16(at, address.family === 4 ? 1 : 2);
    this.#u16(at + 2, address.port);
    this.#u32(at + 4, address.ip0);
    if (address.family === 6) {
      this.#u32(at + 8, address.ip1);
      this.#u32(at + 12, address.ip2);
      this.#u32(at + 16, address.ip3);
    }
    return this;
  }

  /** An address XORed with cookie and transaction. */
  xorAddress(type: number, address: TransportAddress): this {
    return this.address(type, unxorAddress(address, this.#bytes.subarray(8, STUN_HEADER_BYTES)));
  }

  /** ERROR-CODE, by default with the reason that goes with the code. */
  errorCode(code: number, reason: string = STUN_REASONS[code] ?? ""): this {
    this.#error(StunAttribute.errorCode, 0, code, reason);
    return this;
  }

  /** ADDRESS-ERROR-CODE: the family and why it has no address. */
  addressError({ family, code, reason }: StunAddressError): this {
    this.#error(StunAttribute.addressErrorCode, family === 4 ? 1 : 2, code, reason);
    return this;
  }

  /** UNKNOWN-ATTRIBUTES. */
  unknownAttributes(types: readonly number[]): this {
    let at = this.#open(StunAttribute.unknownAttributes, 2 * types.length);
    for (const type of types) {
      this.#u16(at, type);
      at += 2;
    }
    return this;
  }

  /** PASSWORD-ALGORITHMS (or PASSWORD-ALGORITHM with one), none with parameters. */
  passwordAlgorithms(type: number, algorithms: readonly number[]): this {
    let at = this.#open(type, 4 * algorithms.length);
    for (const algorithm of algorithms) {
      this.#u16(at, algorithm);
      this.#u16(at + 2, 0);
      at += 4;
    }
    return this;
  }

  /** ICMP: type of 7 bits, code of 9. */
  icmp({ type, code, data }: StunIcmp): this {
    const at = this.#open(StunAttribute.icmp, 8);
    this.#u16(at, 0);
    this.#u16(at + 2, (type << 9) | code);
    this.#u32(at + 4, data);
    return this;
  }

  /** MESSAGE-INTEGRITY over everything so far. */
  integrity(key: StunKey): this {
    const at = this.#at;
    writeIntegrity(key.sha1, this.#bytes, at, 20, mac);
    return this.attribute(StunAttribute.messageIntegrity, mac.subarray(0, 20));
  }

  /** MESSAGE-INTEGRITY-SHA256 over everything so far, cut to `lengthBytes` (16 to 32, a multiple of 4). */
  integritySha256(key: StunKey, lengthBytes = 32): this {
    const at = this.#at;
    writeIntegrity(key.sha256, this.#bytes, at, lengthBytes, mac);
    return this.attribute(StunAttribute.messageIntegritySha256, mac.subarray(0, lengthBytes));
  }

  /** FINGERPRINT: the last attribute. */
  fingerprint(): this {
    const at = this.#at;
    const value = this.#open(StunAttribute.fingerprint, 4);
    this.#u32(value, fingerprintOf(this.#bytes, at));
    return this;
  }

  /** Bytes written since `start`. */
  get lengthBytes(): number {
    return this.#at;
  }

  /** The message: a view of the caller's buffer, valid until the next `start`. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** The message in bytes of its own. */
  finishCopy(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at) as Uint8Array<ArrayBuffer>;
  }

  #error(type: number, family: number, code: number, reason: string): void {
    const text = utf8.encode(reason);
    const at = this.#open(type, 4 + text.length);
    this.#u16(at, family << 8);
    this.#u16(at + 2, (Math.floor(code / 100) << 8) | (code % 100));
    this.#bytes.set(text, at + 4);
  }

  /** Type, length and padding of an attribute, and the header's new length; gives where its value goes. */
  #open(type: number, lengthBytes: number): number {
    const at = this.#at;
    const value = at + ATTRIBUTE_HEADER_BYTES;
    const end = value + ((lengthBytes + 3) & ~3);
    this.#need(end);
    this.#u16(at, type);
    this.#u16(at + 2, lengthBytes);
    this.#bytes.fill(this.#paddingByte, value + lengthBytes, end);
    this.#at = end;
    this.#u16(2, end - STUN_HEADER_BYTES);
    return value;
  }

  #need(end: number): void {
    if (end > this.#bytes.length || end > 65_535 + STUN_HEADER_BYTES) {
      throw new FloeError("stun/full", `the message needs ${end} bytes, the buffer has ${this.#bytes.length}`);
    }
  }

  #u16(at: number, value: number): void {
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  #u32(at: number, value: number): void {
    this.#u16(at, value >>> 16);
    this.#u16(at + 2, value);
  }
}

const NO_BYTES = new Uint8Array();
