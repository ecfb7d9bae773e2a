// Opus and G.711 as they come: FFmpeg's packets of one stream go to browsers untouched. G.711 in pieces that are too
// long or too short for a call (files keep half seconds) is cut anew to 20 ms, and those bytes are counted.
import type { Packet } from "node-av/lib";
import { opusDurationUs } from "../../core/payload/opus/opus-duration.js";
import { PlainEncodedAudio } from "../../core/stream/encoded-packet.js";
import type { EncodedAudioPacket } from "../../core/stream/media-packet.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { type DemuxedTrack, ticksToUs } from "./demuxer.js";
import { freePacket } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { NativeEncodedAudio } from "./native-encoded.js";

/** What went through. */
export type PassthroughAudioCounters = {
  readonly packets: number;
  /** Packets whose bytes made no sense. */
  readonly faults: number;
  /** Bytes written once more, to cut them to pieces of 20 ms. */
  readonly copiedBytes: number;
};

/** Largest packet that is sent as it is: with its headers it fits into every network's datagram. */
const MAX_OPUS_BYTES = 1400;
/** G.711 is 8000 samples of one byte a second (RFC 3551 4.5.14). */
const G711_BYTES_PER_MS = 8;
const PIECE_BYTES = 20 * G711_BYTES_PER_MS;
const SHORTEST_BYTES = 10 * G711_BYTES_PER_MS;
const LONGEST_BYTES = 60 * G711_BYTES_PER_MS;
/** A rest is carried over to the next packet when that begins this near to its end. */
const SEAM_US: Micros = 3000;

/** A run of encoded sound that has not got its place in time yet. `place` or `free` it, once. */
export class EncodedSound {
  /** Its time in the stream; undefined when the packet does not tell. */
  readonly timeUs: MediaMicros | undefined;
  readonly durationUs: Micros;
  readonly #codec: "opus" | "pcmu" | "pcma";
  readonly #content: Packet | Uint8Array;

  /** Takes `content` over: a whole packet, or bytes of its own. */
  constructor(
    content: Packet | Uint8Array,
    {
      codec,
      timeUs,
      durationUs,
    }: Pick<EncodedSound, "timeUs" | "durationUs"> & { readonly codec: "opus" | "pcmu" | "pcma" },
  ) {
    this.timeUs = timeUs;
    this.durationUs = durationUs;
    this.#codec = codec;
    this.#content = content;
  }

  /** The packet for the graph; whoever gets it releases it. */
  place(timeUs: MediaMicros): EncodedAudioPacket & { release(): void } {
    const codec = this.#codec;
    const { durationUs } = this;
    return this.#content instanceof Uint8Array
      ? new PlainEncodedAudio({ codec, data: this.#content, timeUs, durationUs, ownsData: true })
      : new NativeEncodedAudio(this.#content, { codec, timeUs, durationUs });
  }

  free(): void {
    if (!(this.#content instanceof Uint8Array)) {
      freePacket(this.#content);
    }
  }
}

/** Hands on the packets of one stream, in order. Nothing to close. */
export class PassthroughAudio {
  readonly #track: DemuxedTrack;
  readonly #codec: "opus" | "pcmu" | "pcma";
  /** G.711 that waits for more of it, and where it begins. */
  readonly #rest: Uint8Array = new Uint8Array(PIECE_BYTES);
  #restBytes = 0;
  #restUs: MediaMicros | undefined;
  #isUnfit = false;
  #counters = { packets: 0, faults: 0, copiedBytes: 0 };

  /** `codec`: what `planPassthrough` said. */
  constructor(track: DemuxedTrack, codec: "opus" | "pcmu" | "pcma") {
    this.#track = track;
    this.#codec = codec;
  }

  get codec(): "opus" | "pcmu" | "pcma" {
    return this.#codec;
  }

  /** A packet came that no datagram takes: `take` gives nothing any more, and the stream has to be decoded. */
  get isUnfit(): boolean {
    return this.#isUnfit;
  }

  get counters(): PassthroughAudioCounters {
    return this.#counters;
  }

  /** Begins a new run of packets: behind a hole, a rewind, a reconnect. */
  restart(): void {
    this.#restBytes = 0;
    this.#restUs = undefined;
  }

  /** Takes one packet over and answers what may be sent now, oldest first. */
  take(packet: Packet): EncodedSound[] {
    const sounds = this.#codec === "opus" ? this.#takeOpus(packet) : this.#takeG711(packet);
    this.#counters.packets += sounds.length;
    return sounds;
  }

  #takeOpus(packet: Packet): EncodedSound[] {
    const data = packet.data ?? new Uint8Array(0);
    const durationUs = opusDurationUs(data);
    this.#isUnfit ||= data.length > MAX_OPUS_BYTES;
    if (durationUs === 0 || this.#isUnfit) {
      this.#counters.faults += this.#isUnfit ? 0 : 1;
      freePacket(packet);
      return [];
    }
    return [new EncodedSound(packet, { codec: "opus", timeUs: this.#timeOf(packet), durationUs })];
  }

  #takeG711(packet: Packet): EncodedSound[] {
    const data = packet.data ?? new Uint8Array(0);
    const timeUs = this.#timeOf(packet);
    if (this.#restBytes > 0 && !this.#continues(timeUs)) {
      this.#restBytes = 0;
    }
    if (this.#restBytes === 0 && data.length >= SHORTEST_BYTES && data.length <= LONGEST_BYTES) {
      return [new EncodedSound(packet, { codec: this.#codec, timeUs, durationUs: durationOf(data.length) })];
    }
    const sounds = this.#cut(data, timeUs);
    freePacket(packet);
    return sounds;
  }

  #continues(timeUs: MediaMicros | undefined): boolean {
    return (
      timeUs === undefined ||
      this.#restUs === undefined ||
      Math.abs(this.#restUs + durationOf(this.#restBytes) - timeUs) <= SEAM_US
    );
  }

  #cut(data: Uint8Array, timeUs: MediaMicros | undefined): EncodedSound[] {
    const sounds: EncodedSound[] = [];
    for (let from = 0; from < data.length; ) {
      if (this.#restBytes === 0) {
        this.#restUs = timeUs === undefined ? undefined : timeUs + durationOf(from);
      }
      const count = Math.min(PIECE_BYTES - this.#restBytes, data.length - from);
      this.#rest.set(data.subarray(from, from + count), this.#restBytes);
      this.#restBytes += count;
      from += count;
      if (this.#restBytes === PIECE_BYTES) {
        this.#restBytes = 0;
        const place = { codec: this.#codec, timeUs: this.#restUs, durationUs: durationOf(PIECE_BYTES) };
        sounds.push(new EncodedSound(this.#rest.slice(), place));
      }
    }
    this.#counters.copiedBytes += data.length;
    return sounds;
  }

  #timeOf(packet: Packet): MediaMicros | undefined {
    return packet.pts === requireNodeAv().AV_NOPTS_VALUE ? undefined : ticksToUs(packet.pts, this.#track.timeBase);
  }
}

function durationOf(bytes: number): Micros {
  return (bytes * 1000) / G711_BYTES_PER_MS;
}
