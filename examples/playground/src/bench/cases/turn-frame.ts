// Kernel turn-frame: the headers of what a TURN server sends to clients, over a batch of peers' datagrams.
import { RELAY_RECORD_WORDS, RelayBatch, RelayKind, RelayWord } from "floe";
import { digestBytes, digestText, EMPTY_DIGEST } from "../digest.js";
import { MIB, seededBytes } from "../inputs.js";
import type { KernelCase } from "../kernel-case.js";

const PAYLOAD_BYTES = 200;

function frameCase(name: string, kind: number, count: number): KernelCase {
  return {
    kernel: "turn-frame",
    id: `TURN ${name}, ${count} a call`,
    measures: `Writes the ${count === 1 ? "header" : `headers of ${count} packets`} that a relay puts in front of what peers send.`,
    per: "packet",
    perCall: count,
    arenaBytes: MIB,
    prepare: ({ arena, kernels }) => {
      const entropy = { fill: (bytes: Uint8Array) => bytes.fill(7) };
      const batch = new RelayBatch({ kernels, arena, name: "bench", entropy, capacity: 64 });
      for (let i = 0; i < count; i++) {
        arena.memory.bytes.set(seededBytes(PAYLOAD_BYTES, i), batch.slotAddress(i));
      }
      for (let i = 0; i < count; i++) {
        batch.setReceived(i, PAYLOAD_BYTES, 1, 4, 1000 + i, 0x0a000001, 0, 0, 0);
        const at = i * RELAY_RECORD_WORDS;
        batch.words[at + RelayWord.kind] = kind;
        batch.words[at + RelayWord.channel] = 0x4000 + i;
        batch.words[at + RelayWord.peerFamily] = 4;
        batch.words[at + RelayWord.peerPort] = 1000 + i;
        batch.words[at + RelayWord.peerIp] = 0x0a000001;
      }
      batch.count = count;
      const records = batch.words.slice(0, count * RELAY_RECORD_WORDS);
      return {
        run: () => {
          batch.words.set(records);
          batch.frame();
        },
        digest: () => {
          let state = EMPTY_DIGEST;
          for (let i = 0; i < count; i++) {
            state = digestBytes(batch.packet(i), state);
          }
          return digestText(state);
        },
      };
    },
  };
}

/** The cases of kernel turn-frame. */
export const turnFrameCases: readonly KernelCase[] = [1, 64].flatMap((count) => [
  frameCase("ChannelData", RelayKind.toChannel, count),
  frameCase("Data indications", RelayKind.toIndication, count),
]);
