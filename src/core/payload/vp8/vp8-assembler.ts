// RTP payloads to VP8 pictures (RFC 7741 4.1: one timestamp is one picture, the marker is on its last packet). Knows what loss
// does to pictures: one that lacks a part, or that builds on one that is lost, is not handed on.
import { type MediaMicros, type Micros, milliseconds, type RtpTicks } from "../../time/units.js";
import { Vp8Descriptor } from "./vp8-descriptor.js";
import { isVp8KeyFrame, type Vp8Size, vp8KeyFrameSize } from "./vp8-frame-header.js";

/** The RTP clock of VP8 (RFC 7741 4.1). */
export const VP8_CLOCK_RATE_HZ = 90_000;

/**
 * Why a picture was not handed on. `incomplete`: a part of it is missing. `awaiting-key`: it is whole, but builds on one that is not
 * there. `malformed`: a key frame whose header is none. `oversized`: larger than the bound.
 */
export type Vp8DropReason = "incomplete" | "awaiting-key" | "malformed" | "oversized";

/** Where an assembler's results go. Must not throw. */
export interface Vp8Receiver {
  /** A whole picture: a view, valid during the call only. `size` is told of key frames. */
  picture(data: Uint8Array, timeUs: MediaMicros, size: Vp8Size | undefined): void;
  /** A picture that was there, at least in part, was dropped. Pictures of which no packet came are not told. */
  pictureDropped(timeUs: MediaMicros, reason: Vp8DropReason): void;
  /** Nothing more is handed on before a key frame comes. Told when the pictures end, and every 500 ms of media time. */
  keyFrameNeeded(): void;
}

/** What an assembler does, and its bound. */
export interface Vp8AssemblerOptions {
  readonly receiver: Vp8Receiver;
  /** The largest picture. Default 1 MiB. */
  readonly maxPictureBytes?: number;
}

/** How long a key frame is waited for before it is asked for again: longer than a round trip. */
const ASK_AGAIN_US: Micros = milliseconds(500);
const INITIAL_BYTES = 64 * 1024;

/** Payloads in, in order of their sequence numbers; pictures out. Keeps one picture. */
export class Vp8Assembler {
  /** Payloads whose descriptor is cut short, or with nothing behind it. */
  readonly counters = { malformed: 0 };
  readonly #receiver: Vp8Receiver;
  readonly #maxBytes: number;
  readonly #descriptor = new Vp8Descriptor();
  #bytes: Uint8Array;
  #length = 0;
  #isOpen = false;
  #timestamp: RtpTicks = 0;
  #timeUs: MediaMicros = 0;
  #isDamaged = false;
  #isOverfull = false;
  /** Packets in front of it are missing that may have been a picture's. */
  #beganAfterGap = false;
  #hasBeginning = false;
  #isDisposable = false;
  /** The PictureID that would follow the last whole or dropped picture; -1 when not known. */
  #expectedId = -1;
  /** Whether every picture since the last key frame that others build on was handed on. */
  #isChainWhole = false;
  #askedUs: MediaMicros | undefined;

  constructor({ receiver, maxPictureBytes = 1024 * 1024 }: Vp8AssemblerOptions) {
    this.#receiver = receiver;
    this.#maxBytes = maxPictureBytes;
    this.#bytes = new Uint8Array(Math.min(INITIAL_BYTES, maxPictureBytes));
  }

  /**
   * Takes the payload of the next packet, in front of which `missing` packets are lost. `timestamp` tells pictures apart, `timeUs` is
   * what the receiver is told. Never throws.
   */
  add(payload: Uint8Array, timestamp: RtpTicks, timeUs: MediaMicros, marker: boolean, missing: number): void {
    const descriptor = this.#descriptor;
    const isReadable = descriptor.read(payload);
    if (this.#isOpen && (timestamp !== this.#timestamp || (isReadable && descriptor.beginsPicture))) {
      // Without a marker the end is only known when nothing is missing behind it.
      this.#end(missing === 0);
    }
    if (!this.#isOpen) {
      this.#begin(timestamp, timeUs, missing > 0, isReadable);
    } else if (missing > 0) {
      this.#isDamaged = true;
    }
    if (isReadable) {
      this.#append(payload.subarray(descriptor.lengthBytes));
    } else {
      this.counters.malformed++;
      this.#isDamaged = true;
    }
    if (marker) {
      this.#end(true);
    }
  }

  /** The next packet begins another sequence: what is under way is given up, and pictures wait for a key frame. */
  restart(): void {
    this.flush();
    this.#isChainWhole = false;
    this.#askedUs = undefined;
    this.#expectedId = -1;
  }

  /** Nothing comes any more: gives up what is under way. */
  flush(): void {
    if (this.#isOpen) {
      this.#end(false);
    }
  }

  #begin(timestamp: RtpTicks, timeUs: MediaMicros, afterGap: boolean, isReadable: boolean): void {
    const { beginsPicture, isDisposable, pictureId, pictureIdBits } = this.#descriptor;
    this.#isOpen = true;
    this.#timestamp = timestamp;
    this.#timeUs = timeUs;
    this.#length = 0;
    this.#isDamaged = false;
    this.#isOverfull = false;
    this.#hasBeginning = isReadable && beginsPicture;
    this.#isDisposable = isReadable && isDisposable;
    const hasId = isReadable && pictureId >= 0;
    // Numbers of pictures that go on prove that what is missing was no picture's: a sender's probe.
    this.#beganAfterGap = afterGap && !(hasId && this.#hasBeginning && pictureId === this.#expectedId);
    this.#expectedId = hasId ? (pictureId + 1) & ((1 << pictureIdBits) - 1) : -1;
  }

  #append(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#maxBytes) {
      this.#isOverfull = true;
      return;
    }
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(length, 2 * this.#bytes.length), this.#maxBytes));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#length);
    this.#length = length;
  }

  /** `isTailKnown`: no packet of this picture can be missing behind the last one. */
  #end(isTailKnown: boolean): void {
    this.#isOpen = false;
    if (!isTailKnown) {
      // What is missing behind may have been other pictures as well.
      this.#expectedId = -1;
    }
    if (this.#isOverfull) {
      this.#drop("oversized", isTailKnown);
      return;
    }
    if (this.#isDamaged || !isTailKnown || !this.#hasBeginning || this.#length === 0) {
      this.#drop("incomplete", isTailKnown);
      return;
    }
    const picture = this.#bytes.subarray(0, this.#length);
    if (isVp8KeyFrame(picture)) {
      this.#endKeyFrame(picture);
    } else if (this.#isChainWhole && !this.#beganAfterGap) {
      this.#receiver.picture(picture, this.#timeUs, undefined);
    } else {
      this.#isChainWhole = false;
      this.#drop("awaiting-key", true);
    }
  }

  #endKeyFrame(picture: Uint8Array): void {
    const size = vp8KeyFrameSize(picture);
    if (size === undefined) {
      this.#isChainWhole = false;
      this.#drop("malformed", true);
      return;
    }
    this.#isChainWhole = true;
    this.#askedUs = undefined;
    this.#receiver.picture(picture, this.#timeUs, size);
  }

  #drop(reason: Vp8DropReason, isTailKnown: boolean): void {
    // A picture that no other needs leaves no hole, when all that is missing is its own.
    const isAlone = this.#isDisposable && this.#hasBeginning && isTailKnown && !this.#beganAfterGap;
    this.#isChainWhole &&= isAlone;
    this.#receiver.pictureDropped(this.#timeUs, reason);
    if (!this.#isChainWhole && (this.#askedUs === undefined || this.#timeUs - this.#askedUs >= ASK_AGAIN_US)) {
      this.#askedUs = this.#timeUs;
      this.#receiver.keyFrameNeeded();
    }
  }
}
