// Counts what is allocated natively, so that tests and status can tell that everything went back. Every frame, packet
// and context of this room is made and freed here.
import type { Frame, Packet } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import { requireNodeAv } from "./load-node-av.js";

/** How many native things are alive. */
export type LiveHandles = { readonly frames: number; readonly packets: number; readonly contexts: number };

let frames = 0;
let packets = 0;
let contexts = 0;

/** Native frames, packets and contexts that this process holds now. All 0 when every source and encoder is closed. */
export function liveHandles(): LiveHandles {
  return { frames, packets, contexts };
}

/** A new, empty AVFrame. Free it with `freeFrame`. */
export function allocateFrame(): Frame {
  const frame = new (requireNodeAv().Frame)();
  frame.alloc();
  frames++;
  return frame;
}

/** A new reference to the pixels or samples of `frame`, with properties of its own. Free it with `freeFrame`. */
export function referenceFrame(frame: Frame): Frame {
  const reference = frame.clone();
  if (reference === null) {
    throw outOfMemory("a frame");
  }
  frames++;
  return reference;
}

/** Ends a frame; its memory goes back when it was the last reference. Exactly once a frame. */
export function freeFrame(frame: Frame): void {
  frames--;
  frame.free();
}

/** A new, empty AVPacket. Free it with `freePacket`. */
export function allocatePacket(): Packet {
  const packet = new (requireNodeAv().Packet)();
  packet.alloc();
  packets++;
  return packet;
}

/** A new reference to the bytes of `packet`. Free it with `freePacket`. */
export function referencePacket(packet: Packet): Packet {
  const reference = packet.clone();
  if (reference === null) {
    throw outOfMemory("a packet");
  }
  packets++;
  return reference;
}

/** Ends a packet. Exactly once a packet. */
export function freePacket(packet: Packet): void {
  packets--;
  packet.free();
}

/** Notes that a codec, format, scaler or resampler context was made. */
export function contextOpened(): void {
  contexts++;
}

/** Notes that one was freed. */
export function contextClosed(): void {
  contexts--;
}

function outOfMemory(what: string): FloeError {
  return new FloeError("av/out-of-memory", `FFmpeg could not allocate ${what}`);
}
