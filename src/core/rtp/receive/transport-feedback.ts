// When each packet of a transport came, for senders that estimate themselves (transport-wide congestion control,
// draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1).
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |V=2|P|  FMT=15 |    PT=205     |           length              |
// |                     SSRC of packet sender                     |
// |                      SSRC of media source                     |
// |      base sequence number     |      packet status count      |
// |                 reference time                | fb pkt. count |
// |          packet chunk         |         packet chunk          |
// |  recv delta   |  recv delta   |  recv delta ...  zero padding |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
import { type Micros, milliseconds } from "../../time/units.js";
import { RTCP_TYPE } from "../rtcp/rtcp-message.js";
import { writeHeader } from "../rtcp/rtcp-write.js";
import { sequenceDistance } from "../sequence.js";

/** Numbers in one message at most; the others follow in the next. */
const MOST_STATUSES = 420;
const CAPACITY = 1024;
const REFERENCE_US = 64_000;
const DELTA_US = 250;
const PER_CHUNK = 7;
const HEAD_BYTES = 20;
/** All chunks, and two bytes for each delta. */
const BUFFER_BYTES = HEAD_BYTES + 2 * (MOST_STATUSES / PER_CHUNK) + 2 * MOST_STATUSES + 4;

/** Collects arrivals; writes messages into one reused buffer. Allocates nothing per packet. */
export class TransportFeedback {
  /** Numbers that came when their turn was over, and copies. */
  late = 0;
  readonly #intervalUs: Micros;
  readonly #arrivalUs: Float64Array = new Float64Array(CAPACITY).fill(-1);
  readonly #buffer: Uint8Array = new Uint8Array(BUFFER_BYTES);
  readonly #view: DataView = new DataView(this.#buffer.buffer);
  #next = -1;
  #end = -1;
  #count = 0;
  #dueUs: Micros | undefined;

  /** Between two messages. Default 100 ms. */
  constructor(intervalUs: Micros = milliseconds(100)) {
    this.#intervalUs = intervalUs;
  }

  /** When a message is due; undefined while nothing came. */
  get deadlineUs(): Micros | undefined {
    return this.#dueUs;
  }

  /** The packet with this transport-wide number (0..65535) came. */
  packet(sequenceNumber: number, nowUs: Micros): void {
    if (this.#next < 0) {
      this.#next = 65_536 + sequenceNumber;
      this.#end = this.#next;
    }
    const number = this.#end + sequenceDistance(this.#end & 0xffff, sequenceNumber);
    if (number - this.#next >= CAPACITY) {
      // A leap: what lies between is not told about.
      this.#arrivalUs.fill(-1);
      this.#next = number;
    } else if (number < this.#next || this.#arrivalUs[number % CAPACITY] >= 0) {
      this.late++;
      return;
    }
    this.#arrivalUs[number % CAPACITY] = nowUs;
    this.#end = Math.max(this.#end, number + 1);
    this.#dueUs ??= nowUs + this.#intervalUs;
  }

  /** A message if one is due, valid until the next call. Call it until it answers undefined. */
  take(nowUs: Micros, senderSsrc: number, mediaSsrc: number): Uint8Array | undefined {
    if (this.#dueUs === undefined || nowUs < this.#dueUs) {
      return undefined;
    }
    this.#skipToFirst();
    if (this.#next === this.#end) {
      this.#dueUs = undefined;
      return undefined;
    }
    const end = this.#write();
    writeHeader(this.#view, 0, 15, RTCP_TYPE.transportFeedback, end);
    this.#view.setUint32(4, senderSsrc);
    this.#view.setUint32(8, mediaSsrc);
    this.#dueUs = this.#next === this.#end ? undefined : nowUs;
    return this.#buffer.subarray(0, end);
  }

  /** A message begins with a packet that came. */
  #skipToFirst(): void {
    while (this.#next < this.#end && this.#arrivalUs[this.#next % CAPACITY] < 0) {
      this.#next++;
    }
  }

  #write(): number {
    const view = this.#view;
    const first = this.#next;
    const reference = Math.floor(this.#arrivalUs[first % CAPACITY] / REFERENCE_US);
    // Rounded as sums, so that errors do not add up.
    let told = 0;
    let count = 0;
    let deltas = 0;
    const most = Math.min(MOST_STATUSES, this.#end - first);
    const deltasAt = HEAD_BYTES + 2 * Math.ceil(most / PER_CHUNK);
    this.#buffer.fill(0, HEAD_BYTES);
    for (; count < most; count++) {
      const at = (first + count) % CAPACITY;
      const arrivalUs = this.#arrivalUs[at];
      let symbol = 0;
      if (arrivalUs >= 0) {
        const units = Math.round((arrivalUs - reference * REFERENCE_US) / DELTA_US);
        const delta = units - told;
        if (delta < -32_768 || delta > 32_767) {
          break;
        }
        told = units;
        symbol = delta >= 0 && delta <= 255 ? 1 : 2;
        if (symbol === 1) {
          view.setUint8(deltasAt + deltas, delta);
        } else {
          view.setInt16(deltasAt + deltas, delta);
        }
        deltas += symbol;
        this.#arrivalUs[at] = -1;
      }
      const chunkAt = HEAD_BYTES + 2 * Math.floor(count / PER_CHUNK);
      const shift = 2 * (PER_CHUNK - 1 - (count % PER_CHUNK));
      view.setUint16(chunkAt, view.getUint16(chunkAt) | 0xc000 | (symbol << shift));
    }
    view.setUint16(12, first & 0xffff);
    view.setUint16(14, count);
    view.setUint32(16, (((reference & 0xffffff) << 8) | (this.#count++ & 0xff)) >>> 0);
    this.#next = first + count;
    const chunksEnd = HEAD_BYTES + 2 * Math.ceil(count / PER_CHUNK);
    this.#buffer.copyWithin(chunksEnd, deltasAt, deltasAt + deltas);
    const end = chunksEnd + deltas;
    this.#buffer.fill(0, end, deltasAt + deltas + 4);
    return (end + 3) & ~3;
  }
}
