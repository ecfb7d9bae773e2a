// Retransmissions on a stream of their own (RFC 4588), out of a shared ring and back.
import { expect, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { RtpStamper } from "../../../src/core/kernel/rtp-stamp.js";
import { SlotRing } from "../../../src/core/kernel/slot-ring.js";
import { PacketRing } from "../../../src/core/rtp/packet-ring.js";
import { MediaClock } from "../../../src/core/rtp/receive/media-clock.js";
import { RtpIntake } from "../../../src/core/rtp/receive/rtp-intake.js";
import { RtpPacket } from "../../../src/core/rtp/rtp-packet.js";
import { RtpSender } from "../../../src/core/rtp/rtp-sender.js";

async function createSender(extensionBytes = 0) {
  const arena = Arena.create({ sizeBytes: 1024 * 1024 });
  const kernels = await loadKernels(arena);
  const slots = new SlotRing(arena, { name: "sent", slotCount: 16 });
  const ring = new PacketRing(slots);
  const sent: Uint8Array[] = [];
  const extension = extensionBytes === 0 ? undefined : arena.reserve("extension", extensionBytes);
  if (extension !== undefined) {
    arena.bytesOf(extension).set([0xbe, 0xde, 0, extensionBytes / 4 - 1]);
  }
  const sender = new RtpSender({
    ring,
    stamper: new RtpStamper({ kernels, arena }),
    send: (packet) => {
      sent.push(packet.slice());
      return true;
    },
    ssrc: 7,
    payloadType: 96,
    firstSequenceNumber: 65_534,
    extension,
    rtx: { ssrc: 8, payloadType: 97, firstSequenceNumber: 65_535 },
  });
  for (let i = 0; i < 4; i++) {
    slots.writePayload(i, Uint8Array.of(i, 1, 2, 3), i === 3 ? 1 : 0);
  }
  ring.commit(4, 0, true);
  sender.sendRun(0, 4, 9000);
  return { sender, sent, slots, arena, kernels };
}

test("a resent packet carries the number it had in front of its payload, on the other source (RFC 4588 4)", async () => {
  const { sender, sent, slots } = await createSender(16);
  expect([sender.resend(0, 0, 0), sender.resend(1, 0, 0)]).toEqual(["resent", "resent"]);
  const [first, second] = sent.slice(4).map((bytes) => RtpPacket.parse(bytes));
  expect([first?.ssrc, first?.payloadType, first?.sequenceNumber, first?.timestamp]).toEqual([8, 97, 65_535, 9000]);
  expect([...(first?.payload ?? [])]).toEqual([0, 0, 2, 1, 2, 3]);
  expect([second?.sequenceNumber, second?.marker, ...(second?.payload ?? [])]).toEqual([0, true, 0, 1, 3, 1, 2, 3]);
  // The ring is shared: its packets are as they were.
  expect([...slots.payload(2)]).toEqual([2, 1, 2, 3]);
});

test("a sender's retransmission is what its receiver restores, byte for byte", async () => {
  const { sender, sent, arena, kernels } = await createSender(8);
  const intake = new RtpIntake({ kernels, arena, slotCount: 64 });
  const handed: Uint8Array[] = [];
  intake.open({
    clockRateHz: 90_000,
    payloadTypes: [96],
    rtx: { payloadType: 97 },
    localSsrc: 1,
    cname: "floe",
    clock: new MediaClock(),
    packet: ({ bytes }) => handed.push(bytes.slice()),
    sendRtcp: () => true,
  });
  intake.receive([sent[0], sent[3]] as Uint8Array[], 0);
  sender.resend(65_535, 10, 0);
  sender.resend(0, 10, 0);
  intake.receive(sent.slice(4), 40_000);
  expect(handed).toEqual(sent.slice(0, 4));
});

test("an extension that leaves no room in front of a payload is refused", async () => {
  await expect(createSender(116)).rejects.toThrow(expect.objectContaining({ code: "rtp/stamp-range" }));
});
