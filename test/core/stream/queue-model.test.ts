// Queues against a model of each policy, and at work in a stream: whatever happens, every packet arrives or is counted.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Signal } from "../../../src/core/signal/signal.js";
import { FlagPacket } from "../../../src/core/stream/flag-packet.js";
import { EncodedVideo } from "../../../src/core/stream/media-packet.js";
import type { DropReason } from "../../../src/core/stream/node-stats.js";
import { type Packet, PacketFlags } from "../../../src/core/stream/packet.js";
import { PacketQueue, type WhenFull } from "../../../src/core/stream/packet-queue.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { SEEDS } from "../../sim/seeds.js";
import { note, raw, textOf, turns, video } from "./kit.js";

type Sort = "key" | "delta" | "note" | "final";

/** The policy in the plainest words: an array, and what each arrival does to it. */
class Model {
  held: Packet[] = [];
  drops: [Packet, DropReason][] = [];
  isAwaitingKey = false;
  readonly #capacity: number;
  readonly #whenFull: WhenFull;

  constructor(capacity: number, whenFull: WhenFull) {
    this.#capacity = capacity;
    this.#whenFull = whenFull;
  }

  get isFull(): boolean {
    return this.held.length >= this.#capacity;
  }

  put(packet: Packet): void {
    const isVideo = EncodedVideo.is(packet);
    const isKey = isVideo && packet.isKey;
    const isFinal = (packet.flags & PacketFlags.final) !== 0;
    if (this.#whenFull === "drop-until-key" && isVideo && !isKey && this.isAwaitingKey) {
      this.drops.push([packet, "awaiting-key"]);
      return;
    }
    if (this.isFull && this.#whenFull === "drop-until-key" && isKey) {
      this.drop(this.held.filter((one) => EncodedVideo.is(one)));
    }
    if (this.isFull && this.#whenFull === "drop-oldest") {
      this.drop(this.held.slice(0, 1));
    }
    // A queue that blocks has places beyond its capacity, so a final packet costs nobody one.
    const isHard = this.#whenFull !== "block" || this.held.length >= 2 * this.#capacity;
    if (this.isFull && isFinal && isHard) {
      this.drop(this.held.slice(-1));
    }
    if (this.isFull && !(isFinal && this.#whenFull === "block")) {
      this.isAwaitingKey ||= isVideo;
      this.drops.push([packet, "overflow"]);
      return;
    }
    if (isKey) {
      this.isAwaitingKey = false;
    }
    this.held.push(packet);
  }

  drop(packets: readonly Packet[]): void {
    for (const packet of packets) {
      this.drops.push([packet, "overflow"]);
      // Pictures that go at the back leave ones behind that need them; at the front, key frames follow.
      this.isAwaitingKey ||=
        this.#whenFull === "drop-until-key" && packet === this.held.at(-1) && EncodedVideo.is(packet);
    }
    this.held = this.held.filter((packet) => !packets.includes(packet));
  }
}

type Real = { readonly queue: PacketQueue; readonly drops: [Packet, DropReason][] };

let sequence = 0;

function packetOf(sort: Sort): Packet {
  switch (sort) {
    case "key":
    case "delta":
      return video(++sequence, sort === "key");
    case "note":
      return note(`${++sequence}`);
    case "final":
      return FlagPacket.final();
  }
}

class Put implements fc.Command<Model, Real> {
  readonly #sort: Sort;

  constructor(sort: Sort) {
    this.#sort = sort;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, { queue, drops }: Real): void {
    const packet = packetOf(this.#sort);
    model.put(packet);
    if (queue.admit(packet, (dropped, reason) => drops.push([dropped, reason]))) {
      queue.push(packet, 0);
    }
    compare(model, { queue, drops });
  }

  toString(): string {
    return `put ${this.#sort}`;
  }
}

class Take implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }

  run(model: Model, { queue, drops }: Real): void {
    expect(queue.first?.packet).toBe(model.held[0]);
    expect(queue.shift()?.packet).toBe(model.held.shift());
    compare(model, { queue, drops });
  }

  toString(): string {
    return "take";
  }
}

class Clear implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }

  run(model: Model, { queue, drops }: Real): void {
    queue.clear("late", (dropped, reason) => drops.push([dropped, reason]));
    model.drops.push(...model.held.map((packet): [Packet, DropReason] => [packet, "late"]));
    model.held = [];
    model.isAwaitingKey = false;
    compare(model, { queue, drops });
  }

  toString(): string {
    return "clear";
  }
}

function compare(model: Model, { queue, drops }: Real): void {
  expect([queue.depth, queue.isFull]).toEqual([model.held.length, model.isFull]);
  expect(drops).toEqual(model.drops);
}

const policies: readonly WhenFull[] = ["drop-oldest", "drop-newest", "drop-until-key", "block"];

describe.each(policies)("a queue whose policy is %s", (whenFull) => {
  const commands = fc.commands<Model, Real>(
    [
      fc.constantFrom<Sort>("key", "delta", "delta", "note", "final").map((sort) => new Put(sort)),
      fc.constant(new Take()),
      fc.constant(new Clear()),
    ],
    { maxCommands: 60 },
  );

  test.for(SEEDS)("holds, drops and hands out what its model does (%s)", ([, parameters]) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), commands, (capacity, steps) => {
        fc.modelRun(
          () => ({
            model: new Model(capacity, whenFull),
            real: { queue: new PacketQueue(capacity, whenFull), drops: [] },
          }),
          steps,
        );
      }),
      { ...parameters, numRuns: 300 },
    );
  });

  const events = fc.array(fc.constantFrom("write", "write", "write", "full", "ready", "pause", "resume", "turn"), {
    maxLength: 60,
  });

  test.for(SEEDS)("leaves nothing stranded in a stream, keeps the order, and counts the rest (%s)", async ([
    ,
    parameters,
  ]) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), events, async (capacity, steps) => {
        const got: number[] = [];
        const sink = {
          ready: true,
          drained: new Signal(),
          write: (packet: RawPacket): void => void got.push(Number(textOf(packet))),
        };
        const stream = new PacketStream<RawPacket>({ name: "s" }).queue({ capacity, whenFull }).to(sink);
        await stream.start();
        let written = 0;
        for (const step of steps) {
          switch (step) {
            case "write":
              stream.write(raw(`${written++}`));
              break;
            case "full":
              sink.ready = false;
              break;
            case "ready":
              sink.ready = true;
              sink.drained.emit();
              break;
            case "pause":
              stream.pause();
              break;
            case "resume":
              stream.resume();
              break;
            default:
              await turns(3);
          }
        }
        stream.resume();
        sink.ready = true;
        sink.drained.emit();
        await turns(10);
        const { nodes } = stream.report();
        const dropped = nodes.flatMap(({ drops }) => Object.values(drops)).reduce((sum, count) => sum + count, 0);
        const queue = nodes.find(({ type }) => type === "queue")?.queue;
        expect(got.length + dropped).toBe(written);
        expect(got).toEqual([...got].sort((a, b) => a - b));
        expect([queue?.depth ?? 0, stream.state]).toEqual([0, "active"]);
        expect(queue?.highWater ?? 0).toBeLessThanOrEqual(capacity);
      }),
      { ...parameters, numRuns: 150 },
    );
  });
});
