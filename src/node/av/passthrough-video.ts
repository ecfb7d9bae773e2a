// H.264 as it comes: FFmpeg's packets of one stream become access units (Annex B, decodable from every IDR) without
// being decoded. Lengths turn into start codes in the packet's own memory; a key frame that lacks its parameter sets
// gets them beside it, so that nothing is written once more.
import type { Packet } from "node-av/lib";
import { B_FRAMES, NO_IDR } from "../../core/media/passthrough.js";
import { isAvcC, rewriteLengths } from "../../core/payload/h264/avcc.js";
import { visitLeadingNalUnits } from "../../core/payload/h264/leading-nal-units.js";
import { isSlice, NalType, nalType } from "../../core/payload/h264/nal-unit.js";
import type { ParameterSets } from "../../core/payload/h264/parameter-sets.js";
import type { MediaMicros, Micros } from "../../core/time/units.js";
import { type DemuxedTrack, ticksToUs } from "./demuxer.js";
import { freePacket } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { NativeEncodedVideo } from "./native-encoded.js";
import { newestSps, parameterSetsOf } from "./passthrough-plan.js";

/** Where an access unit belongs. */
export type EncodedPlace = { readonly timeUs: MediaMicros; readonly durationUs: Micros };

/** What went through. */
export type PassthroughVideoCounters = {
  readonly units: number;
  readonly keyUnits: number;
  /** Units before the first key frame, or behind a hole: nobody could decode them. */
  readonly left: number;
  /** Packets whose bytes made no sense. */
  readonly faults: number;
};

/** A step back by more than this is a jump of the clock, not the order of pictures. */
const LARGEST_REORDER_US: Micros = 1_000_000;
/** So many recovery points without an IDR picture, and late viewers would never see anything. */
const MOST_RECOVERY_POINTS = 8;
/** The same while nobody sees anything yet: after 3 of them, or 10 s of 30 pictures without any. */
const MOST_RECOVERY_POINTS_BEFORE = 3;
const MOST_UNITS_BEFORE = 300;

/** One access unit that has not got its place in time yet. `place` or `free` it, once. */
export class AccessUnit {
  /** As the packet says, in ticks of the stream; AV_NOPTS_VALUE when it does not. */
  readonly ticks: bigint;
  /** Length in ticks; 0 when the packet does not tell. */
  readonly durationTicks: bigint;
  /** Whether it holds an IDR picture. */
  readonly isKey: boolean;
  readonly #packet: Packet;
  readonly #parameterSets: Uint8Array | undefined;

  /** Takes `packet` over. `parameterSets`: what belongs in front of its bytes. */
  constructor(packet: Packet, isKey: boolean, parameterSets?: Uint8Array) {
    this.ticks = packet.pts;
    this.durationTicks = packet.duration;
    this.isKey = isKey;
    this.#packet = packet;
    this.#parameterSets = parameterSets;
  }

  /** The packet for the graph; whoever gets it releases it. */
  place({ timeUs, durationUs }: EncodedPlace): NativeEncodedVideo {
    return new NativeEncodedVideo(this.#packet, { timeUs, durationUs, parameterSets: this.#parameterSets });
  }

  free(): void {
    freePacket(this.#packet);
  }
}

/** Turns the packets of one H.264 stream into access units, one by one and in order. Nothing to close. */
export class PassthroughVideo {
  readonly #track: DemuxedTrack;
  #sets: ParameterSets;
  #hasLengths: boolean;
  #unfit: string | undefined;
  /** Places since the last IDR where FFmpeg's decoder could begin, but no browser would. */
  #recoveryPoints = 0;
  #unitsLeft = 0;
  #isStarted = false;
  #lastUs: MediaMicros | undefined;
  #size: { readonly width: number; readonly height: number };
  #counters = { units: 0, keyUnits: 0, left: 0, faults: 0 };

  /** For a stream that `planPassthrough` found fit. */
  constructor(track: DemuxedTrack) {
    const extradata = track.codecParameters.extradata ?? new Uint8Array(0);
    this.#track = track;
    this.#sets = parameterSetsOf(extradata);
    this.#hasLengths = isAvcC(extradata);
    this.#size = { width: track.codecParameters.width, height: track.codecParameters.height };
  }

  /**
   * Why the stream has to be decoded from its next key frame on, completing "because …": `take` gives nothing any more.
   * Undefined while all is well.
   */
  get unfit(): string | undefined {
    return this.#unfit;
  }

  /** The picture in pixels, as the newest SPS says. */
  get size(): { readonly width: number; readonly height: number } {
    return this.#size;
  }

  get counters(): PassthroughVideoCounters {
    return this.#counters;
  }

  /** Begins a new run of packets (behind a hole, a rewind, a reconnect): goes on at the next key frame. */
  restart(): void {
    this.#isStarted = false;
    this.#lastUs = undefined;
    this.#recoveryPoints = 0;
    this.#unitsLeft = 0;
  }

  /** Takes one packet over. Undefined when there is nothing to send of it. */
  take(packet: Packet): AccessUnit | undefined {
    const unit = this.#unfit === undefined ? this.#convert(packet) : undefined;
    if (unit === undefined) {
      freePacket(packet);
    }
    return unit;
  }

  #convert(packet: Packet): AccessUnit | undefined {
    if (packet.isKeyframe) {
      this.#adoptNewExtradata(packet);
    }
    const found = this.#read(packet);
    if (found === undefined) {
      return undefined;
    }
    this.#watchOrder(packet, found.isKey);
    this.#watchKeys(packet, found.isKey);
    if (this.#unfit !== undefined) {
      return undefined;
    }
    if (!this.#isStarted && !(found.isKey && this.#sets.isComplete)) {
      this.#unitsLeft++;
      this.#counters.left++;
      return undefined;
    }
    this.#isStarted = true;
    this.#counters.units++;
    this.#counters.keyUnits += found.isKey ? 1 : 0;
    // FFmpeg's flag also stands at recovery points, where a decoder cannot begin cleanly.
    packet.isKeyframe = found.isKey;
    return new AccessUnit(packet, found.isKey, found.isKey && !found.hasSets ? this.#sets.annexB : undefined);
  }

  /** Makes the packet Annex B and looks at what it holds; undefined when that is nothing, or makes no sense. */
  #read(packet: Packet): { readonly isKey: boolean; readonly hasSets: boolean } | undefined {
    let hasSps = false;
    let hasPps = false;
    let isNew = false;
    const look = (nal: Uint8Array): void => {
      const type = nalType(nal[0]);
      hasSps ||= type === NalType.sps;
      hasPps ||= type === NalType.pps;
      if (type === NalType.sps || type === NalType.pps) {
        isNew = this.#sets.remember(nal) || isNew;
      }
    };
    const slice = this.#hasLengths ? this.#readLengths(packet, look) : this.#readStartCodes(packet, look);
    if (isNew) {
      this.#adoptNewSets();
    }
    return slice === undefined ? undefined : { isKey: slice === NalType.idrSlice, hasSets: hasSps && hasPps };
  }

  #readStartCodes(packet: Packet, look: (nal: Uint8Array) => void): number | undefined {
    return packet.data === null ? undefined : visitLeadingNalUnits(packet.data, look);
  }

  #readLengths(packet: Packet, look: (nal: Uint8Array) => void): number | undefined {
    // A demuxer reads each packet into bytes of its own, which nobody else looks at: they may be written to. (FFmpeg's
    // "make writable" would copy them as soon as a view of them was ever taken.)
    const { data } = packet;
    let slice: number | undefined;
    const isWhole =
      data !== null &&
      rewriteLengths(data, (from, to) => {
        const type = nalType(data[from]);
        if (isSlice(type)) {
          slice ??= type;
        } else if (type === NalType.sps || type === NalType.pps) {
          look(data.subarray(from, to));
        }
      });
    this.#counters.faults += isWhole ? 0 : 1;
    return isWhole ? slice : undefined;
  }

  /** A picture that is shown before one that came earlier. Key frames never are: then it is the clock that jumped. */
  #watchOrder(packet: Packet, isKey: boolean): void {
    if (packet.pts === requireNodeAv().AV_NOPTS_VALUE) {
      return;
    }
    const timeUs = ticksToUs(packet.pts, this.#track.timeBase);
    if (this.#lastUs !== undefined && !isKey && timeUs < this.#lastUs && timeUs > this.#lastUs - LARGEST_REORDER_US) {
      this.#unfit ??= B_FRAMES;
    }
    this.#lastUs = timeUs;
  }

  /** Streams that refresh bit by bit, or open every group, give nobody a picture to begin at. */
  #watchKeys(packet: Packet, isKey: boolean): void {
    this.#recoveryPoints = isKey ? 0 : this.#recoveryPoints + (packet.isKeyframe ? 1 : 0);
    const isHopeless = this.#isStarted
      ? this.#recoveryPoints >= MOST_RECOVERY_POINTS
      : this.#recoveryPoints >= MOST_RECOVERY_POINTS_BEFORE || this.#unitsLeft >= MOST_UNITS_BEFORE;
    if (isHopeless) {
      this.#unfit ??= NO_IDR;
    }
  }

  #adoptNewSets(): void {
    const sps = newestSps(this.#sets);
    if (sps !== undefined) {
      this.#size = { width: sps.width, height: sps.height };
      if ((sps.maxReorderFrames ?? 0) > 0) {
        this.#unfit ??= B_FRAMES;
      }
    }
  }

  /** Containers that switch their description in the middle of a stream send the new one with a packet. */
  #adoptNewExtradata(packet: Packet): void {
    const extradata = packet.getSideData(requireNodeAv().AV_PKT_DATA_NEW_EXTRADATA);
    if (extradata === null || extradata.length === 0) {
      return;
    }
    this.#sets = parameterSetsOf(extradata);
    this.#hasLengths = isAvcC(extradata);
    this.#adoptNewSets();
  }
}
