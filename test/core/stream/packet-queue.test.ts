import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FlagPacket } from "../../../src/core/stream/flag-packet.js";
import { EncodedVideo } from "../../../src/core/stream/media-packet.js";
import type { Packet } from "../../../src/core/stream/packet.js";
import { PacketQueue, type WhenFull } from "../../../src/core/stream/packet-queue.js";
import { Note, note, video } from "./kit.js";

function nameOf(packet: Packet): string {
  if (EncodedVideo.is(packet)) {
    return `${packet.isKey ? "K" : "d"}${packet.data[0]}`;
  }
  return Note.is(packet) ? packet.note : packet.kind.name;
}

/** Offers packets to a queue that nobody empties; what is inside at the end, and what was dropped why. */
function offer(
  capacity: number,
  whenFull: WhenFull,
  packets: readonly Packet[],
): { inside: string[]; drops: string[] } {
  const queue = new PacketQueue(capacity, whenFull);
  const drops: string[] = [];
  for (const packet of packets) {
    if (
      queue.admit(packet, (dropped, reason, wasHeld) =>
        drops.push(`${nameOf(dropped)} ${reason}${wasHeld ? " held" : ""}`),
      )
    ) {
      queue.push(packet, 0);
    }
  }
  const inside: string[] = [];
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    inside.push(nameOf(entry.packet));
  }
  return { inside, drops };
}

describe("a full queue", () => {
  const four = [video(1, true), video(2), video(3), video(4)];

  test("drop-oldest keeps the newest, in order", () => {
    expect(offer(2, "drop-oldest", four)).toEqual({
      inside: ["d3", "d4"],
      drops: ["K1 overflow held", "d2 overflow held"],
    });
  });

  test("drop-newest keeps the oldest, in order", () => {
    expect(offer(2, "drop-newest", four)).toEqual({ inside: ["K1", "d2"], drops: ["d3 overflow", "d4 overflow"] });
  });

  test("drop-until-key drops every picture up to the next key frame, also when there is room again", () => {
    const queue = new PacketQueue(2, "drop-until-key");
    const out: string[] = [];
    const drops: string[] = [];
    const put = (packet: Packet): void => {
      if (queue.admit(packet, (dropped, reason) => drops.push(`${nameOf(dropped)} ${reason}`))) {
        queue.push(packet, 0);
      }
    };
    for (const packet of [video(1, true), video(2), video(3)]) {
      put(packet);
    }
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      out.push(nameOf(entry.packet));
    }
    for (const packet of [video(4), video(5, true), video(6)]) {
      put(packet);
    }
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      out.push(nameOf(entry.packet));
    }
    expect(out).toEqual(["K1", "d2", "K5", "d6"]);
    expect(drops).toEqual(["d3 overflow", "d4 awaiting-key"]);
  });

  test("drop-until-key: a key frame clears the pictures in front of it, and nothing else", () => {
    const packets = [video(1, true), note("n"), video(2), video(3), video(4, true), video(5)];
    expect(offer(3, "drop-until-key", packets)).toEqual({
      inside: ["n", "K4", "d5"],
      drops: ["d3 overflow", "K1 overflow held", "d2 overflow held"],
    });
  });

  test("drop-until-key: packets of other kinds that find no room are dropped alone", () => {
    expect(offer(2, "drop-until-key", [video(1, true), video(2), note("n")])).toEqual({
      inside: ["K1", "d2"],
      drops: ["n overflow"],
    });
  });

  test("block refuses the packet, unless it was on its way: then it takes as many again", () => {
    expect(offer(2, "block", four)).toEqual({ inside: ["K1", "d2"], drops: ["d3 overflow", "d4 overflow"] });
    const queue = new PacketQueue(2, "block");
    const admitted = [1, 2, 3, 4, 5].map((sequence) => {
      const isAdmitted = queue.admit(video(sequence), () => {}, true);
      if (isAdmitted) {
        queue.push(video(sequence), 0);
      }
      return isAdmitted;
    });
    expect(admitted).toEqual([true, true, true, true, false]);
    expect([queue.depth, queue.room, queue.isFull]).toEqual([4, 0, true]);
  });

  test.each([
    "drop-oldest",
    "drop-newest",
    "drop-until-key",
    "block",
  ] as const)("%s always has room for a final packet", (whenFull) => {
    expect(offer(2, whenFull, [video(1, true), video(2), FlagPacket.final()]).inside).toContain("flag");
  });
});

test("a queue never holds more than its capacity, keeps the order, and every packet comes out or is reported (model)", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("put" as const), isKey: fc.boolean(), isVideo: fc.boolean() }),
    fc.record({ do: fc.constant("take" as const) }),
  );
  const policy = fc.constantFrom<WhenFull>("drop-oldest", "drop-newest", "drop-until-key", "block");
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      policy,
      fc.array(step, { maxLength: 60 }),
      (capacity, whenFull, steps) => {
        const queue = new PacketQueue(capacity, whenFull);
        const out: number[] = [];
        const decoded: Packet[] = [];
        const dropped = new Set<number>();
        const lostVideo = new Set<number>();
        let next = 0;
        const onDrop = (lost: Packet): void => {
          dropped.add(lost.timeUs);
          if (EncodedVideo.is(lost)) {
            lostVideo.add(lost.timeUs);
          }
        };
        for (const what of steps) {
          if (what.do === "take") {
            const entry = queue.shift();
            if (entry !== undefined) {
              out.push(entry.packet.timeUs);
              decoded.push(entry.packet);
            }
          } else {
            const timeUs = next++;
            const packet = what.isVideo
              ? { ...video(timeUs, what.isKey), timeUs, clone: () => video(0) }
              : { ...note("n"), timeUs };
            if (queue.admit(packet, onDrop)) {
              queue.push(packet, 0);
            }
          }
          expect(queue.depth).toBeLessThanOrEqual(capacity);
          expect(queue.isFull).toBe(queue.depth === capacity);
        }
        for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
          out.push(entry.packet.timeUs);
          decoded.push(entry.packet);
        }
        expect(out).toEqual([...out].sort((a, b) => a - b));
        expect(new Set([...out, ...dropped]).size).toBe(next);
        expect(out.length + dropped.size).toBe(next);
        expect(queue.highWater).toBeLessThanOrEqual(capacity);
        if (whenFull === "drop-until-key") {
          expectDecodable(decoded, lostVideo);
        }
      },
    ),
  );
});

/** No difference frame comes out behind a lost picture without a key frame in between. */
function expectDecodable(out: readonly Packet[], lost: ReadonlySet<number>): void {
  let lastUs = -1;
  for (const packet of out) {
    if (EncodedVideo.is(packet)) {
      const gap = [...lost].some((lostUs) => lostUs > lastUs && lostUs < packet.timeUs);
      expect(gap && !packet.isKey).toBe(false);
      lastUs = packet.timeUs;
    }
  }
}
