// What a receiver of a call gets: pictures at 30 a second, 2 % lost on the way, each lost packet again by RTX a round trip later, a
// sender report a second. The same for one seed; replayed over and over with numbers and timestamps that go on.
import { SeededRandom } from "../../../src/core/crypto/seeded-random.js";

export const MEDIA = { ssrc: 0x1234_5678, payloadType: 96 } as const;
export const RTX = { ssrc: 0x2345_6789, payloadType: 97 } as const;

const FRAME_US = 33_333;
const FRAMES = 1800;
const TICKS_PER_FRAME = 3000;
const LOSS_RATE = 0.02;
const ROUND_TRIP_US = 80_000;
const LARGEST_PAYLOAD = 1100;

type Arrival = {
  readonly atUs: number;
  readonly bytes: Uint8Array;
  readonly kind: "media" | "rtx" | "report";
  readonly sequence: number;
  readonly frame: number;
};

/** Datagrams that came together. */
export type Burst = { readonly atUs: number; readonly datagrams: readonly Uint8Array[] };

/** A minute of a call. */
export class Capture {
  /** Datagrams of RTP, and of these such as came by RTX. */
  readonly packets: number;
  readonly retransmissions: number;
  readonly durationUs: number = FRAMES * FRAME_US;
  readonly #arrivals: Arrival[] = [];
  readonly #bursts: Burst[] = [];
  #sequences = 0;
  #rounds = 0;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    for (let frame = 0; frame < FRAMES; frame++) {
      this.#drawFrame(random, frame);
    }
    this.#arrivals.sort((a, b) => a.atUs - b.atUs);
    for (const { atUs, bytes } of this.#arrivals) {
      const last = this.#bursts.at(-1);
      if (last?.atUs === atUs) {
        (last.datagrams as Uint8Array[]).push(bytes);
      } else {
        this.#bursts.push({ atUs, datagrams: [bytes] });
      }
    }
    this.packets = this.#arrivals.filter(({ kind }) => kind !== "report").length;
    this.retransmissions = this.#arrivals.filter(({ kind }) => kind === "rtx").length;
  }

  /** Sequence numbers of the source in one round. */
  get sequences(): number {
    return this.#sequences;
  }

  /** The bursts of the next minute, with times from its beginning on. The bytes are those of the minute before. */
  next(): readonly Burst[] {
    const round = this.#rounds++;
    let rtxSequence = round * this.retransmissions;
    for (const { bytes, kind, sequence, frame } of this.#arrivals) {
      const view = new DataView(bytes.buffer);
      const number = (sequence + round * this.#sequences) & 0xffff;
      const timestamp = ((frame + round * FRAMES) * TICKS_PER_FRAME) >>> 0;
      if (kind === "report") {
        view.setUint32(8, 3_900_000_000 + Math.floor(((frame + round * FRAMES) * FRAME_US) / 1_000_000));
        view.setUint32(12, Math.floor((((frame + round * FRAMES) * FRAME_US) % 1_000_000) * 4294.967296) >>> 0);
        view.setUint32(16, timestamp);
        continue;
      }
      view.setUint16(2, kind === "rtx" ? rtxSequence++ & 0xffff : number);
      view.setUint32(4, timestamp);
      if (kind === "rtx") {
        view.setUint16(12, number);
      }
    }
    return this.#bursts;
  }

  #drawFrame(random: SeededRandom, frame: number): void {
    const atUs = frame * FRAME_US + random.integer(5000);
    const count = frame % 90 === 0 ? 40 : 5 + random.integer(6);
    for (let i = 0; i < count; i++) {
      const payload = random.bytes(i === count - 1 ? 100 + random.integer(LARGEST_PAYLOAD - 100) : LARGEST_PAYLOAD);
      const sequence = this.#sequences++;
      const isMarked = i === count - 1;
      // The first and the last packets always come, so that each minute ends as the next one begins.
      const isLost = random.next() < LOSS_RATE && frame > 0 && frame < FRAMES - 10;
      this.#arrivals.push(
        isLost
          ? { atUs: atUs + ROUND_TRIP_US, bytes: datagram(RTX, payload, isMarked, true), kind: "rtx", sequence, frame }
          : { atUs, bytes: datagram(MEDIA, payload, isMarked, false), kind: "media", sequence, frame },
      );
    }
    if (frame % 30 === 0) {
      const bytes = new Uint8Array(28);
      bytes.set([0x80, 200, 0, 6]);
      new DataView(bytes.buffer).setUint32(4, MEDIA.ssrc);
      this.#arrivals.push({ atUs, bytes, kind: "report", sequence: 0, frame });
    }
  }
}

function datagram(
  { ssrc, payloadType }: { readonly ssrc: number; readonly payloadType: number },
  payload: Uint8Array,
  isMarked: boolean,
  isRtx: boolean,
): Uint8Array {
  const head = isRtx ? 14 : 12;
  const bytes = new Uint8Array(head + payload.length);
  bytes[0] = 0x80;
  bytes[1] = payloadType | (isMarked ? 0x80 : 0);
  new DataView(bytes.buffer).setUint32(8, ssrc);
  bytes.set(payload, head);
  return bytes;
}
