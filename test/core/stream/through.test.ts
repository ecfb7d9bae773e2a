import { expect, test } from "vitest";
import type { Emit, Processor } from "../../../src/core/stream/adapter.js";
import { AnyPacket, type Packet } from "../../../src/core/stream/packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { ManualClock } from "../../sim/manual-clock.js";

/** A stage that keeps a clone of each packet until it is told to let the oldest go. */
class Holder implements Processor<Packet, Packet> {
  readonly name = "holder";
  readonly retention = "cloned" as const;
  readonly accepts = [AnyPacket];
  readonly emits = [AnyPacket];
  readonly #held: Packet[] = [];
  #emit: Emit<Packet> = () => {};

  process(packet: Packet, emit: Emit<Packet>): void {
    this.#emit = emit;
    this.#held.push(packet.clone());
  }

  release(): void {
    const packet = this.#held.shift();
    if (packet !== undefined) {
      this.#emit(packet);
    }
  }

  drop(): void {
    this.#held.shift();
  }
}

async function harness() {
  const clock = new ManualClock();
  const holder = new Holder();
  const stream = new PacketStream<RawPacket>({ name: "held", clock, timedOneIn: 1 }).via(holder).to(() => {});
  await stream.start();
  const through = () => stream.report().nodes.find(({ id }) => id === "holder")?.throughUs;
  const write = (timeUs: number): void => stream.write(RawPacket.copy(Uint8Array.of(1), { timeUs }));
  return { clock, holder, through, write };
}

test("a deferred stage's report tells how long it keeps a packet", async () => {
  const { clock, holder, through, write } = await harness();
  expect(through()).toBeUndefined();
  write(0);
  clock.advance(3000);
  holder.release();
  write(33_000);
  clock.advance(7000);
  holder.release();
  expect(through()).toMatchObject({ count: 2, max: 7000 });
});

test("a packet that the stage drops is not charged to the next, which is followed on its own", async () => {
  const { clock, holder, through, write } = await harness();
  write(0);
  write(33_000);
  clock.advance(5000);
  holder.drop();
  clock.advance(5000);
  holder.release();
  expect(through()).toMatchObject({ count: 1, max: 10_000 });
});
