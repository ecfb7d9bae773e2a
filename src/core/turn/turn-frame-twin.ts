// The TypeScript twin of kernel turn-frame (assembly/turn-frame.ts): the same bytes, for reference and fallback.
import { TURN_FRAME_WASM } from "../kernel/embedded/turn-frame.js";
import type { KernelDefinition } from "../kernel/kernel.js";
import type { KernelMemory } from "../kernel/kernel-memory.js";
import {
  MAGIC_COOKIE,
  MAX_OLD_CHANNEL,
  MIN_CHANNEL,
  STUN_HEADER_BYTES,
  StunAttribute,
} from "../stun/stun-constants.js";
import { DONT_FRAGMENT_FLAG, RELAY_RECORD_BYTES, RelayKind, RelayWord } from "./relay-record.js";

/** The functions of kernel turn-frame; arguments as in assembly/turn-frame.ts. */
export interface TurnFrameCalls {
  /** Tells what `count` packets of clients are and where their payloads lie. */
  unframe(table: number, count: number): void;
  /** Writes the headers of `count` packets of peers. */
  frame(table: number, count: number, transaction: number): void;
}

/** Kernel turn-frame. Its one face is {@link RelayBatch}. */
export const TURN_FRAME: KernelDefinition<TurnFrameCalls> = {
  name: "turn-frame",
  embedded: TURN_FRAME_WASM,
  twin: turnFrameTwin,
};

const SEND_INDICATION = 0x0016;
const DATA_INDICATION = 0x0017;
/** Attributes that a Send indication may carry and nobody looks at. */
const IGNORED: readonly number[] = [StunAttribute.username, StunAttribute.realm, StunAttribute.nonce];

function turnFrameTwin({ bytes, view }: KernelMemory): TurnFrameCalls {
  const get = (record: number, word: number): number => view.getUint32(record + 4 * word, true);
  const set = (record: number, word: number, value: number): void => view.setUint32(record + 4 * word, value, true);

  function kindOf(record: number): number {
    const packet = get(record, RelayWord.address);
    const lengthBytes = get(record, RelayWord.lengthBytes);
    if (lengthBytes < 4) {
      return RelayKind.dropped;
    }
    const first = view.getUint16(packet);
    const tells = view.getUint16(packet + 2);
    if (first >= MIN_CHANNEL) {
      if (first > MAX_OLD_CHANNEL || tells + 4 > lengthBytes) {
        return RelayKind.dropped;
      }
      set(record, RelayWord.channel, first);
      set(record, RelayWord.payloadAddress, packet + 4);
      set(record, RelayWord.payloadBytes, tells);
      return RelayKind.channelData;
    }
    const isStun = lengthBytes >= STUN_HEADER_BYTES && (tells & 3) === 0 && tells + STUN_HEADER_BYTES === lengthBytes;
    if (!isStun || view.getUint32(packet + 4) !== MAGIC_COOKIE) {
      return RelayKind.dropped;
    }
    return first === SEND_INDICATION ? readSend(record, packet, packet + lengthBytes) : RelayKind.control;
  }

  function readSend(record: number, packet: number, end: number): number {
    let [hasPeer, hasData, flags] = [false, false, 0];
    for (let at = packet + STUN_HEADER_BYTES; at < end; ) {
      const type = view.getUint16(at);
      const valueBytes = view.getUint16(at + 2);
      const next = at + 4 + ((valueBytes + 3) & ~3);
      if (next > end) {
        return RelayKind.malformed;
      }
      if (type === StunAttribute.xorPeerAddress) {
        if (!hasPeer && !readPeer(record, packet, at + 4, valueBytes)) {
          return RelayKind.malformed;
        }
        hasPeer = true;
      } else if (type === StunAttribute.data) {
        if (!hasData) {
          set(record, RelayWord.payloadAddress, at + 4);
          set(record, RelayWord.payloadBytes, valueBytes);
          hasData = true;
        }
      } else if (type === StunAttribute.dontFragment) {
        flags |= DONT_FRAGMENT_FLAG;
      } else if (type === StunAttribute.messageIntegrity || type === StunAttribute.messageIntegritySha256) {
        break;
      } else if (type < 0x8000 && !IGNORED.includes(type)) {
        return RelayKind.malformed;
      }
      at = next;
    }
    set(record, RelayWord.flags, flags);
    return hasPeer && hasData ? RelayKind.send : RelayKind.malformed;
  }

  function readPeer(record: number, packet: number, value: number, valueBytes: number): boolean {
    const isIpv4 = valueBytes === 8 && bytes[value + 1] === 1;
    if (!isIpv4 && !(valueBytes === 20 && bytes[value + 1] === 2)) {
      return false;
    }
    set(record, RelayWord.peerFamily, isIpv4 ? 4 : 6);
    set(record, RelayWord.peerPort, view.getUint16(value + 2) ^ (MAGIC_COOKIE >>> 16));
    // Cookie and transaction follow one another in the header, as the words of the mask do.
    for (let word = 0; word < 4; word++) {
      const isThere = word === 0 || !isIpv4;
      const masked = isThere ? view.getUint32(value + 4 + 4 * word) ^ view.getUint32(packet + 4 + 4 * word) : 0;
      set(record, RelayWord.peerIp + word, masked);
    }
    return true;
  }

  function pad(end: number, lengthBytes: number): number {
    const zeros = -lengthBytes & 3;
    bytes.fill(0, end, end + zeros);
    return zeros;
  }

  function writeChannelData(record: number): void {
    const payload = get(record, RelayWord.address);
    const lengthBytes = get(record, RelayWord.lengthBytes);
    const isStream = get(record, RelayWord.family) === 0;
    view.setUint16(payload - 4, get(record, RelayWord.channel));
    view.setUint16(payload - 2, lengthBytes);
    const zeros = isStream ? pad(payload + lengthBytes, lengthBytes) : 0;
    set(record, RelayWord.address, payload - 4);
    set(record, RelayWord.lengthBytes, lengthBytes + 4 + zeros);
    set(record, RelayWord.kind, RelayKind.ready);
  }

  function writeIndication(record: number, transaction: number): void {
    const payload = get(record, RelayWord.address);
    const lengthBytes = get(record, RelayWord.lengthBytes);
    const isIpv4 = get(record, RelayWord.peerFamily) === 4;
    const addressBytes = isIpv4 ? 8 : 20;
    const headerBytes = STUN_HEADER_BYTES + 4 + addressBytes + 4;
    const packet = payload - headerBytes;
    const zeros = pad(payload + lengthBytes, lengthBytes);
    view.setUint16(packet, DATA_INDICATION);
    view.setUint16(packet + 2, headerBytes - STUN_HEADER_BYTES + lengthBytes + zeros);
    view.setUint32(packet + 4, MAGIC_COOKIE);
    bytes.copyWithin(packet + 8, transaction, transaction + 12);
    view.setUint32(transaction + 8, view.getUint32(transaction + 8, true) + 1, true);
    view.setUint16(packet + 20, StunAttribute.xorPeerAddress);
    view.setUint16(packet + 22, addressBytes);
    view.setUint16(packet + 24, isIpv4 ? 1 : 2);
    view.setUint16(packet + 26, get(record, RelayWord.peerPort) ^ (MAGIC_COOKIE >>> 16));
    for (let word = 0; word < (isIpv4 ? 1 : 4); word++) {
      const masked = get(record, RelayWord.peerIp + word) ^ view.getUint32(packet + 4 + 4 * word);
      view.setUint32(packet + 28 + 4 * word, masked);
    }
    view.setUint16(payload - 4, StunAttribute.data);
    view.setUint16(payload - 2, lengthBytes);
    set(record, RelayWord.address, packet);
    set(record, RelayWord.lengthBytes, headerBytes + lengthBytes + zeros);
    set(record, RelayWord.kind, RelayKind.ready);
  }

  return {
    unframe: (table, count) => {
      for (let i = 0; i < count; i++) {
        const record = table + i * RELAY_RECORD_BYTES;
        set(record, RelayWord.kind, kindOf(record));
      }
    },
    frame: (table, count, transaction) => {
      for (let i = 0; i < count; i++) {
        const record = table + i * RELAY_RECORD_BYTES;
        const kind = get(record, RelayWord.kind);
        if (kind === RelayKind.toChannel) {
          writeChannelData(record);
        } else if (kind === RelayKind.toIndication) {
          writeIndication(record, transaction);
        }
      }
    },
  };
}
