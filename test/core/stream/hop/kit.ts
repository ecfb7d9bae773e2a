// A hop between two halves in one thread, over memory or messages, for the tests of both.

import type { PacketCodec } from "../../../../src/core/stream/hop/packet-codec.js";
import { textFieldLength } from "../../../../src/core/stream/hop/packet-fields.js";
import { definePacket, type Packet, type PacketKind } from "../../../../src/core/stream/packet.js";
import { turns } from "../kit.js";

/** A kind of the test's own. */
export interface BoxPacket extends Packet {
  readonly label: string;
  readonly x: number;
}
export const Box: PacketKind<BoxPacket> = definePacket<BoxPacket>("box");

export function box(label: string, x: number, timeUs = 0): BoxPacket {
  return { kind: Box, flags: 0, timeUs, byteLength: 8, label, x, clone: () => box(label, x, timeUs) };
}

export const boxCodec: PacketCodec<BoxPacket> = {
  kind: Box,
  measure: ({ label }) => 8 + textFieldLength(label),
  write({ x, label }, frame) {
    frame.f64(x);
    frame.text(label);
  },
  read(frame) {
    const x = frame.f64();
    return box(frame.text(), x, frame.timeUs);
  },
};

/** Waits, by turns of the microtask queue and of the event loop, until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await turns(5);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
