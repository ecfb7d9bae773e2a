// Relayed ICE checks towards agents of our own, on their way through the port.
import { expect, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { RelayBatch } from "../../../src/core/turn/relay-batch.js";
import { RELAY_RECORD_WORDS, RelayKind, RelayWord } from "../../../src/core/turn/relay-record.js";
import { CheckRepair } from "../../../src/core/turn/server/check-repair.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

const CHECK = new StunWriter(new Uint8Array(200))
  .start(StunClass.request, StunMethod.binding, new Uint8Array(12))
  .text(StunAttribute.username, "ours:theirs")
  .attribute(StunAttribute.iceControlling, new Uint8Array(8))
  .integrity(StunKey.shortTerm("password"))
  .fingerprint()
  .finishCopy();
const RTP = Uint8Array.from({ length: 120 }, (_, i) => (i === 0 ? 0x80 : i));

async function rig() {
  const arena = Arena.create({ sizeBytes: 256 * 1024 });
  const kernels = await loadKernels(arena);
  const batch = new RelayBatch({ kernels, arena, name: "test", entropy: new SeededEntropy(1), capacity: 8 });
  const asked: string[] = [];
  const sent: { readonly direction: string; readonly packets: Uint8Array[] }[] = [];
  const repair = new CheckRepair(
    {
      send: (all, direction) => {
        sent.push({ direction, packets: Array.from({ length: all.count }, (_, i) => all.packet(i).slice()) });
      },
    },
    (ufrag) => {
      asked.push(ufrag);
      return ufrag === "ours" ? "password" : undefined;
    },
  );
  const put = (packets: readonly Uint8Array[], kind: number = RelayKind.ready): void => {
    packets.forEach((bytes, i) => {
      batch.slot(i).set(bytes);
      batch.setReceived(i, bytes.length, 1, 4, 5000, 0x7f000001, 0, 0, 0);
      batch.words[i * RELAY_RECORD_WORDS + RelayWord.kind] = kind;
    });
    batch.count = packets.length;
  };
  return { batch, repair, put, asked, sent };
}

test("a check with a tiebreaker of 0 is repaired on its way to a peer, and what is beside it passes as it is", async () => {
  const { batch, repair, put, asked, sent } = await rig();
  put([RTP, CHECK, RTP]);
  repair.send(batch, "to-peers");
  expect([repair.repaired, asked]).toEqual([1, ["ours"]]);
  const [first, second, third] = sent[0].packets;
  expect([first, third]).toEqual([RTP, RTP]);
  expect(StunMessage.parse(second).value(StunAttribute.iceControlling)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1));
});

test("nothing is looked at that goes to clients, that is not sent, or that is no check", async () => {
  const { batch, repair, put, asked, sent } = await rig();
  put([CHECK]);
  repair.send(batch, "to-clients");
  put([CHECK], RelayKind.dropped);
  repair.send(batch, "to-peers");
  put([CHECK.subarray(0, 20), RTP, new Uint8Array(1000)]);
  repair.send(batch, "to-peers");
  expect([repair.repaired, asked]).toEqual([0, []]);
  expect(sent.map(({ direction }) => direction)).toEqual(["to-clients", "to-peers", "to-peers"]);
  expect(sent[0].packets).toEqual([CHECK]);
});
