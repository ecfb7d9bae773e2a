// Both directions of a hop, seen from one of its sides.
import type { HopChannel, HopMessage, HopWires } from "./hop-message.js";
import type { LaneReader, LaneWriter } from "./lane.js";
import { MessageReader, MessageWriter } from "./message-lane.js";
import { makeRing, type RingEnd, RingReader, RingWriter } from "./ring-lane.js";

/** The two lanes of one side. */
export type Lanes = {
  readonly writer: LaneWriter;
  readonly reader: LaneReader;
  /** Takes what belongs to the lanes. */
  readonly handle: (message: HopMessage) => void;
};

/** What both sides are told to travel by. */
export function planWires(canShare: boolean, ringBytes: number): HopWires {
  return canShare
    ? { type: "ring", to: makeRing(ringBytes), back: makeRing(ringBytes) }
    : { type: "messages", limitBytes: ringBytes };
}

/** The lanes of the stream's side, which writes `to`, or of the worker's, which writes `back`. */
export function openLanes(wires: HopWires, side: "stream" | "worker", channel: HopChannel): Lanes {
  return wires.type === "ring" ? ringLanes(wires, side, channel) : messageLanes(wires.limitBytes, channel);
}

function ringLanes(wires: Extract<HopWires, { type: "ring" }>, side: "stream" | "worker", channel: HopChannel): Lanes {
  const [out, home] = side === "stream" ? (["to", "back"] as const) : (["back", "to"] as const);
  const writer = new RingWriter(wires[out], (end: RingEnd) => channel.post({ type: "wake", way: out, end }));
  const reader = new RingReader(wires[home], (end: RingEnd) => channel.post({ type: "wake", way: home, end }));
  return {
    writer,
    reader,
    handle: (message) => {
      if (message.type === "wake" && message.way === out && message.end === "writer") {
        writer.awake();
      } else if (message.type === "wake" && message.way === home && message.end === "reader") {
        reader.awake();
      }
    },
  };
}

function messageLanes(limitBytes: number, channel: HopChannel): Lanes {
  const writer = new MessageWriter(limitBytes, (message, transfer) => channel.post(message, transfer));
  const reader = new MessageReader(limitBytes, (message) => channel.post(message));
  return {
    writer,
    reader,
    handle: (message) => {
      if (message.type === "frames") {
        reader.arrived(message);
      } else if (message.type === "taken") {
        writer.taken(message);
      }
    },
  };
}
