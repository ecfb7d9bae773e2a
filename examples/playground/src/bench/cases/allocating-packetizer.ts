// What packetizers in JavaScript do: look for start codes, make a new array and an object for each packet.
// The peer of kernel h264-packetize, for access units of slices (RFC 6184 5.6 and 5.8).

/** A packet as such a library hands it on. */
export type AllocatedPacket = { readonly payload: Uint8Array; readonly isLast: boolean };

const FU_A = 28;

/** Single NAL unit packets and FU-A. Every packet is new. */
export class AllocatingPacketizer {
  readonly #maxPayloadBytes: number;
  readonly #allocate: (lengthBytes: number) => Uint8Array;
  readonly #nextStartCode: (bytes: Uint8Array, from: number) => number;

  /** `allocate`: where the bytes of a packet come from; `findStartCode`: the next 00 00 01, or the end of the bytes. */
  constructor(
    maxPayloadBytes: number,
    allocate = (lengthBytes: number): Uint8Array => new Uint8Array(lengthBytes),
    findStartCode: (bytes: Uint8Array, from: number) => number = nextStartCode,
  ) {
    this.#maxPayloadBytes = maxPayloadBytes;
    this.#allocate = allocate;
    this.#nextStartCode = findStartCode;
  }

  /** The packets of one access unit. */
  packetize(accessUnit: Uint8Array): AllocatedPacket[] {
    const packets: AllocatedPacket[] = [];
    let code = this.#nextStartCode(accessUnit, 0);
    while (code < accessUnit.length) {
      const start = code + 3;
      code = this.#nextStartCode(accessUnit, start);
      let end = code;
      while (end > start && accessUnit[end - 1] === 0) {
        end--;
      }
      if (end > start) {
        this.#addNalUnit(packets, accessUnit.subarray(start, end), code >= accessUnit.length);
      }
    }
    return packets;
  }

  #addNalUnit(packets: AllocatedPacket[], nalUnit: Uint8Array, isLastUnit: boolean): void {
    if (nalUnit.length <= this.#maxPayloadBytes) {
      const payload = this.#allocate(nalUnit.length);
      payload.set(nalUnit);
      packets.push({ payload, isLast: isLastUnit });
      return;
    }
    // Even fragments, as ours: the outputs are to be equal.
    const count = Math.ceil((nalUnit.length - 1) / (this.#maxPayloadBytes - 2));
    const share = Math.floor((nalUnit.length - 1) / count);
    const larger = (nalUnit.length - 1) % count;
    let at = 1;
    for (let i = 0; i < count; i++) {
      const end = at + share + (i < larger ? 1 : 0);
      const isLast = i === count - 1;
      const payload = this.#allocate(end - at + 2);
      payload[0] = (nalUnit[0] & 0xe0) | FU_A;
      payload[1] = (i === 0 ? 0x80 : 0) | (isLast ? 0x40 : 0) | (nalUnit[0] & 0x1f);
      payload.set(nalUnit.subarray(at, end), 2);
      packets.push({ payload, isLast: isLastUnit && isLast });
      at = end;
    }
  }
}

/** The next 00 00 01. Looks at every third byte where it can: what a good packetizer in JavaScript does. */
function nextStartCode(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at + 2 < bytes.length) {
    const third = bytes[at + 2];
    if (third > 1) {
      at += 3;
    } else if (third === 1 && bytes[at] === 0 && bytes[at + 1] === 0) {
      return at;
    } else {
      at += 1;
    }
  }
  return bytes.length;
}
