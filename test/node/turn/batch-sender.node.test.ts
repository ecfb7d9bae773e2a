// What a sender makes of a system that takes less than it is given: a system of the test's own.
import { describe, expect, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { RelayBatch } from "../../../src/core/turn/relay-batch.js";
import { RELAY_RECORD_WORDS } from "../../../src/core/turn/relay-record.js";
import { BatchSender } from "../../../src/node/turn/batch-sender.js";
import { Errno, type LinuxCalls } from "../../../src/node/turn/linux-calls.js";
import { MESSAGE_BYTES } from "../../../src/node/turn/message-block.js";
import { newSocketCounters, type SocketCounters } from "../../../src/node/turn/socket-counters.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

const EINVAL = 22;
const EPERM = 1;
const FD = 7;
/** Where the system of the test believes the arena to be: across a boundary of 32 bits. */
const BASE = 0x7f12_fff0_0000;

/** What the system says to a message: sent, or an errno. `parts` is how many datagrams it is to be cut into. */
type Verdict = (message: { readonly parts: number; readonly index: number }) => number;

class FakeSystem {
  readonly counters: SocketCounters = newSocketCounters();
  /** The messages that were taken, as lengths of their datagrams. */
  readonly sent: number[][] = [];
  readonly sender: BatchSender;
  readonly #batch: RelayBatch;
  #errno = 0;
  #index = 0;

  private constructor(arena: Arena, batch: RelayBatch, verdict: Verdict) {
    this.#batch = batch;
    const { view } = arena.memory;
    const sendmmsg = (fd: number, messages: number, count: number): number => {
      expect(fd).toBe(FD);
      for (let taken = 0; taken < count; taken++) {
        const at = messages - BASE + taken * MESSAGE_BYTES;
        const pointer = (offset: number): number => Number(view.getBigUint64(at + offset, true)) - BASE;
        const parts = view.getUint32(at + 24, true);
        const code = verdict({ parts, index: this.#index });
        if (code !== 0) {
          this.#errno = code;
          this.#index += taken === 0 ? 1 : 0;
          return taken === 0 ? -1 : taken;
        }
        this.#index++;
        this.sent.push(Array.from({ length: parts }, (_, i) => view.getUint32(pointer(16) + 16 * i + 8, true)));
      }
      return count;
    };
    const calls = { sendmmsg, errno: () => this.#errno, addressOf: () => BASE } as unknown as LinuxCalls;
    this.sender = new BatchSender({ arena, calls, counters: this.counters, canSegment: true });
  }

  static async create(verdict: Verdict): Promise<FakeSystem> {
    const arena = Arena.create({ sizeBytes: 1_048_576 });
    const kernels = await loadKernels(arena);
    const batch = new RelayBatch({ arena, kernels, entropy: new SeededEntropy(1), name: "test", capacity: 128 });
    return new FakeSystem(arena, batch, verdict);
  }

  /** Adds packets to port 1000 + `to`, and sends. */
  send(...packets: readonly { to: number; length: number }[]): void {
    const first = this.#batch.words.byteOffset >> 2;
    packets.forEach(({ to, length }, i) => {
      const { family, ip0, ip1, ip2, ip3 } = parseIpAddress("192.0.2.1");
      this.#batch.setReceived(i, length, 1, family, 1000 + to, ip0, ip1, ip2, ip3);
      this.sender.add(FD, first + i * RELAY_RECORD_WORDS);
    });
    this.sender.flush(FD);
  }
}

const packets = (count: number, length = 200, to = 1): { to: number; length: number }[] =>
  Array.from({ length: count }, () => ({ to, length }));

describe("a sender of batches", () => {
  test("puts packets of one length to one address together, and a shorter one behind them", async () => {
    const system = await FakeSystem.create(() => 0);
    system.send(...packets(3), { to: 1, length: 50 }, ...packets(2), { to: 2, length: 200 }, { to: 2, length: 300 });
    expect(system.sent).toEqual([[200, 200, 200, 50], [200, 200], [200], [300]]);
  });

  test("sends one by one what the system does not cut, and gives up cutting after some refusals", async () => {
    const system = await FakeSystem.create(({ parts }) => (parts > 1 ? EINVAL : 0));
    for (let round = 0; round < 20; round++) {
      system.send(...packets(4));
    }
    expect(system.sent).toEqual(Array.from({ length: 80 }, () => [200]));
    expect(system.counters).toMatchObject({ segmentsRefused: 8, sendFailed: 0, sendBufferFull: 0 });
  });

  test("drops and counts what a full buffer does not take, packet by packet", async () => {
    for (const full of [Errno.EAGAIN, Errno.ENOBUFS]) {
      const system = await FakeSystem.create(({ index }) => (index === 1 ? full : 0));
      system.send(...packets(3, 200, 1), ...packets(4, 200, 2), ...packets(5, 200, 3));
      expect(system.sent).toEqual([[200, 200, 200]]);
      expect(system.counters).toMatchObject({ sendBufferFull: 9, sendFailed: 0 });
      system.send(...packets(2));
      expect(system.sent.length).toBe(2);
    }
  });

  test("leaves out a packet that cannot be sent and goes on with the next; an interrupted call is made again", async () => {
    const system = await FakeSystem.create(({ index }) => [0, EPERM, Errno.EINTR, 0, 0][index] ?? 0);
    system.send({ to: 1, length: 1 }, { to: 2, length: 2 }, { to: 3, length: 3 }, { to: 4, length: 4 });
    expect(system.sent).toEqual([[1], [3], [4]]);
    expect(system.counters).toMatchObject({ sendFailed: 1, sendBufferFull: 0 });
  });

  test("sends more than a block in several calls, in order", async () => {
    const system = await FakeSystem.create(() => 0);
    system.send(...Array.from({ length: 100 }, (_, i) => ({ to: i, length: i + 1 })));
    expect(system.sent).toEqual(Array.from({ length: 100 }, (_, i) => [i + 1]));
  });
});
