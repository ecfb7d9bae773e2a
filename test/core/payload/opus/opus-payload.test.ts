import { expect, test } from "vitest";
import { Arena } from "../../../../src/core/kernel/arena.js";
import { SLOT_PAYLOAD_BYTES, SlotRing } from "../../../../src/core/kernel/slot-ring.js";
import { opusPayloadWriter } from "../../../../src/core/payload/opus/opus-payload.js";
import { SeededRandom } from "../../../sim/seeded-random.js";

function rig() {
  const slots = new SlotRing(Arena.create({ sizeBytes: 131_072 }), { name: "test", slotCount: 4 });
  return { slots, writer: opusPayloadWriter(slots) };
}

test("one Opus packet is one payload, byte for byte, without a marker (RFC 7587 4.2)", () => {
  const { slots, writer } = rig();
  const random = new SeededRandom(5);
  const packets = [random.bytes(1), random.bytes(160), random.bytes(SLOT_PAYLOAD_BYTES)];
  packets.forEach((packet, i) => {
    expect(writer.write(packet, i)).toEqual({ packetCount: 1, isKey: true });
    expect(slots.payload(i)).toEqual(packet);
    expect([slots.flags(i), slots.headerLength(i)]).toEqual([0, 0]);
  });
});

test("every byte is written once, from the encoder's memory straight into the slot", () => {
  const { writer } = rig();
  writer.write(new Uint8Array(100), 0);
  writer.write(new Uint8Array(60), 1);
  expect(writer.crossings).toEqual({ nativeToArenaBytes: 160, arenaToSlotBytes: 0 });
});

test("the caller's bytes are free again after the call", () => {
  const { slots, writer } = rig();
  const packet = Uint8Array.of(1, 2, 3);
  writer.write(packet, 0);
  packet.fill(9);
  expect([...slots.payload(0)]).toEqual([1, 2, 3]);
});

test("an empty packet is nothing to send", () => {
  const { slots, writer } = rig();
  writer.write(Uint8Array.of(7), 0);
  expect(writer.write(new Uint8Array(0), 0)).toEqual({ packetCount: 0, isKey: false });
  expect([...slots.payload(0)]).toEqual([7]);
  expect(writer.crossings.nativeToArenaBytes).toBe(1);
});

test("a packet that does not fit into one RTP packet is refused whole", () => {
  const { slots, writer } = rig();
  writer.write(Uint8Array.of(7), 0);
  expect(() => writer.write(new Uint8Array(SLOT_PAYLOAD_BYTES + 1), 0)).toThrow(
    expect.objectContaining({ code: "opus/too-large" }),
  );
  expect([...slots.payload(0)]).toEqual([7]);
});
