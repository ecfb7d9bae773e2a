// What the kernel cases work on: made from a seed, or recorded once, so that every runtime gets the same bytes.
import { X264_STREAM } from "./x264-stream.js";

/** 2^20. */
export const MIB: number = 1 << 20;

/** Bytes from a seed (a linear congruential generator: its upper 8 bits). */
export function seededBytes(lengthBytes: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  let state = seed >>> 0;
  for (let i = 0; i < lengthBytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** H.264 slices of `nalBytes` of noise behind start codes, with the emulation prevention of ITU-T H.264 7.4.1. */
export function noisyAnnexB(lengthBytes: number, nalBytes: number, seed = 1): Uint8Array {
  const bytes = seededBytes(lengthBytes, seed);
  const unitBytes = nalBytes + 5;
  let zeros = 0;
  for (let at = 0; at < lengthBytes; at++) {
    const place = at % unitBytes;
    if (place < 5) {
      bytes[at] = [0, 0, 0, 1, 0x41][place];
      zeros = 0;
    } else if (place === unitBytes - 1) {
      bytes[at] = 0x80;
    } else {
      bytes[at] |= zeros >= 2 ? 4 : 0;
      zeros = bytes[at] === 0 ? zeros + 1 : 0;
    }
  }
  return bytes;
}

/** 00 00 03 without end: what a sender can choose to make a search for zeros stumble at every step. */
export function zeroHeavy(lengthBytes: number): Uint8Array {
  return new Uint8Array(lengthBytes).map((_, i) => (i % 3 === 2 ? 3 : 0));
}

/** The recorded x264 stream, over and over until `lengthBytes` are full. */
export function x264Stream(lengthBytes: number): Uint8Array {
  const once = Uint8Array.from(atob(X264_STREAM), (character) => character.charCodeAt(0));
  const bytes = new Uint8Array(lengthBytes);
  for (let at = 0; at < lengthBytes; at += once.length) {
    bytes.set(once.subarray(0, lengthBytes - at), at);
  }
  return bytes;
}
