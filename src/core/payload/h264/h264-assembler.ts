// RTP payloads to H.264 access units (RFC 6184 5.1: one timestamp is one access unit, the marker is on its last packet).
// Knows what loss does to pictures: one that lacks a part, or that builds on one that is lost, is not handed on.
import { type MediaMicros, type Micros, milliseconds, type RtpTicks } from "../../time/units.js";
import { AccessUnitBuffer } from "./access-unit-buffer.js";
import { H264Depacketizer, type H264DepacketizerCounters } from "./h264-depacketizer.js";
import { isLeftOut, NalType, nalType } from "./nal-unit.js";
import { ParameterSets } from "./parameter-sets.js";

/**
 * Why a picture was not handed on. `incomplete`: a part of it is missing. `awaiting-key`: it is whole, but builds on one that is
 * not there. `no-parameter-sets`: a key frame whose SPS or PPS never came. `oversized`: larger than the bound.
 */
export type PictureDropReason = "incomplete" | "awaiting-key" | "no-parameter-sets" | "oversized";

/** Where an assembler's results go. Must not throw. */
export interface AccessUnitReceiver {
  /** A whole access unit, Annex B; key frames have their parameter sets in front. A view, valid during the call only. */
  accessUnit(data: Uint8Array, timeUs: MediaMicros, isKey: boolean): void;
  /** A picture that was there, at least in part, was dropped. Pictures of which no packet came are not told. */
  pictureDropped(timeUs: MediaMicros, reason: PictureDropReason): void;
  /**
   * Nothing more is handed on before a key frame comes. Told when the pictures end, for each key frame that is lost since, and
   * every 500 ms of media time: of a key frame that is lost altogether nobody knows.
   */
  keyFrameNeeded(): void;
}

/** What an assembler does, and its bounds. */
export interface H264AssemblerOptions {
  readonly receiver: AccessUnitReceiver;
  /** The largest access unit. Default 1 MiB. */
  readonly maxAccessUnitBytes?: number;
  /**
   * `wait-for-key` (default): after a loss the picture stands still until the next key frame. `go-on`: every whole access unit
   * is handed on, for streams that heal without key frames (periodic intra refresh), at the price of smears.
   */
  readonly afterLoss?: "wait-for-key" | "go-on";
}

/** How long a key frame is waited for before it is asked for again: longer than a round trip. */
const ASK_AGAIN_US: Micros = milliseconds(500);

/** Payloads in, in order of their sequence numbers; access units out. Keeps one access unit, and parameter sets. */
export class H264Assembler {
  /** What the stream has told so far. What a session description brings (sprop-parameter-sets) may be put in as well. */
  readonly parameterSets: ParameterSets = new ParameterSets();
  readonly #receiver: AccessUnitReceiver;
  readonly #depacketizer: H264Depacketizer;
  readonly #unit: AccessUnitBuffer;
  readonly #waitsForKey: boolean;
  #timestamp: RtpTicks = 0;
  #timeUs: MediaMicros = 0;
  /** Whether the access unit of `#timestamp` has not ended yet. */
  #isOpen = false;
  #isDamaged = false;
  /** Packets in front of it are missing: they may have been its own. */
  #beganAfterGap = false;
  /** What the depacketizer had failed at when the access unit began. */
  #failuresBefore = 0;
  /** Whether every picture since the last key frame was handed on. */
  #isChainWhole = false;
  /** When a key frame was asked for; undefined while none is missing. */
  #askedUs: MediaMicros | undefined;
  /** Whether key frames of this stream bring their parameter sets along. */
  #hasSetsInBand = false;
  readonly #take: (nal: Uint8Array) => void;

  constructor({ receiver, maxAccessUnitBytes = 1024 * 1024, afterLoss = "wait-for-key" }: H264AssemblerOptions) {
    this.#receiver = receiver;
    this.#depacketizer = new H264Depacketizer({ maxNalUnitBytes: maxAccessUnitBytes });
    this.#unit = new AccessUnitBuffer(maxAccessUnitBytes);
    this.#waitsForKey = afterLoss === "wait-for-key";
    this.#take = (nal) => this.#addNalUnit(nal);
  }

  /** NAL units, and what did not become one. */
  get counters(): Readonly<H264DepacketizerCounters> {
    return this.#depacketizer.counters;
  }

  /**
   * Takes the payload of the next packet, in front of which `missing` packets are lost. `timestamp` tells access units apart,
   * `timeUs` is what the receiver is told. Never throws.
   */
  add(payload: Uint8Array, timestamp: RtpTicks, timeUs: MediaMicros, marker: boolean, missing: number): void {
    if (this.#isOpen && timestamp !== this.#timestamp) {
      // Without a marker the end is only known when nothing is missing behind it.
      this.#end(missing === 0);
    }
    if (missing > 0) {
      this.#depacketizer.packetLost();
    }
    if (!this.#isOpen) {
      this.#begin(timestamp, timeUs, missing > 0);
    } else if (missing > 0) {
      this.#isDamaged = true;
    }
    this.#depacketizer.depacketize(payload, this.#take);
    if (marker) {
      this.#end(true);
    }
  }

  /** The next packet begins another sequence: what is under way is given up, and pictures wait for a key frame. */
  restart(): void {
    this.flush();
    this.#isChainWhole = false;
    this.#askedUs = undefined;
  }

  /** Nothing comes any more: gives up what is under way. */
  flush(): void {
    if (this.#isOpen) {
      this.#end(false);
    }
    this.#unit.clear();
  }

  #begin(timestamp: RtpTicks, timeUs: MediaMicros, afterGap: boolean): void {
    this.#isOpen = true;
    this.#timestamp = timestamp;
    this.#timeUs = timeUs;
    this.#isDamaged = false;
    this.#beganAfterGap = afterGap;
    this.#failuresBefore = this.#depacketizer.failures;
    if (afterGap) {
      // What came before the picture (parameter sets, SEI) belongs to one that may be lost.
      this.#unit.clear();
    }
  }

  #addNalUnit(nal: Uint8Array): void {
    const type = nalType(nal[0]);
    if (isLeftOut(type)) {
      return;
    }
    this.#hasSetsInBand ||= type === NalType.sps;
    this.parameterSets.remember(nal);
    this.#unit.add(nal);
  }

  /** `isTailKnown`: no packet of this access unit can be missing behind the last one. */
  #end(isTailKnown: boolean): void {
    this.#isOpen = false;
    if (this.#depacketizer.isMidUnit) {
      this.#depacketizer.packetLost();
    }
    const unit = this.#unit;
    const isDamaged = this.#isDamaged || !isTailKnown || this.#depacketizer.failures !== this.#failuresBefore;
    if (!unit.hasPicture && !isDamaged) {
      // Parameter sets or SEI alone: they belong to the picture that follows.
      return;
    }
    const reason = isDamaged || this.#lacksBeginning() ? "incomplete" : this.#refusal();
    if (unit.isOverfull) {
      this.#drop("oversized");
    } else if (reason !== undefined) {
      this.#drop(reason);
    } else {
      this.#handOn();
    }
    unit.clear();
  }

  /** Whether packets that were lost in front of it may have been its own. */
  #lacksBeginning(): boolean {
    const { isKey, hasSps, hasPps, beginsPicture } = this.#unit;
    if (!this.#beganAfterGap) {
      return false;
    }
    // A key frame without the parameter sets that this stream's key frames have: new ones may be lost with the packet.
    return !beginsPicture || (isKey && this.#hasSetsInBand && !(hasSps && hasPps));
  }

  #refusal(): PictureDropReason | undefined {
    if (!this.#waitsForKey) {
      return undefined;
    }
    if (this.#unit.isKey) {
      return this.parameterSets.isComplete ? undefined : "no-parameter-sets";
    }
    return this.#isChainWhole && !this.#beganAfterGap ? undefined : "awaiting-key";
  }

  #handOn(): void {
    const { isKey, hasSps, hasPps } = this.#unit;
    if (isKey && !(hasSps && hasPps) && !this.#unit.prepend(this.parameterSets.annexB)) {
      this.#drop("oversized");
      return;
    }
    if (isKey) {
      this.#isChainWhole = true;
      this.#askedUs = undefined;
    }
    this.#receiver.accessUnit(this.#unit.bytes, this.#timeUs, isKey);
  }

  #drop(reason: PictureDropReason): void {
    this.#isChainWhole = false;
    this.#receiver.pictureDropped(this.#timeUs, reason);
    const { isKey, hasSps } = this.#unit;
    const isDue = this.#askedUs === undefined || this.#timeUs - this.#askedUs >= ASK_AGAIN_US;
    // Parameter sets stand in front of key frames.
    if (this.#waitsForKey && (isDue || isKey || hasSps)) {
      this.#askedUs = this.#timeUs;
      this.#receiver.keyFrameNeeded();
    }
  }
}
