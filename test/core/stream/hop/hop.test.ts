import { describe, expect, test } from "vitest";
import type { FloeError } from "../../../../src/core/error/floe-error.js";
import type { GraphReport } from "../../../../src/core/stream/graph-report.js";
import { type HopContract, hopContract } from "../../../../src/core/stream/hop/hop-contract.js";
import { type HopHalf, serveHop } from "../../../../src/core/stream/hop/serve-hop.js";
import { PacketFlags } from "../../../../src/core/stream/packet.js";
import { PacketStream } from "../../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../../src/core/stream/raw-packet.js";
import { PairedPort } from "../../../sim/hop-pair.js";
import { ManualClock } from "../../../sim/manual-clock.js";
import { Burst, Deferred, HeedingSource, note, raw, Tag, textOf, turns } from "../kit.js";
import { until } from "./kit.js";

const echo: HopContract<RawPacket, RawPacket> = hopContract({
  to: { kinds: [RawPacket.kind], capacity: 100, whenFull: "drop-oldest" },
  back: { kinds: [RawPacket.kind], capacity: 100, whenFull: "drop-oldest" },
  ringBytes: 4096,
});

type Build = (input: PacketStream<RawPacket>) => PacketStream<RawPacket>;

type Setup = {
  readonly stream: PacketStream<RawPacket>;
  readonly got: string[];
  readonly half: HopHalf;
  readonly near: PairedPort;
  readonly far: PairedPort;
  readonly clock: ManualClock;
};

function hopNode(report: GraphReport): GraphReport["nodes"][number] {
  const node = report.nodes.find(({ type }) => type === "hop");
  if (node === undefined) {
    throw new Error("no hop");
  }
  return node;
}

// A page that is not cross-origin isolated has no rings.
const hasRings = typeof SharedArrayBuffer !== "undefined";

describe.each([
  ...(hasRings ? [{ wire: "ring", canShare: true }] : []),
  { wire: "messages", canShare: false },
])("a hop by $wire", ({ wire, canShare }) => {
  function setup({
    contract = echo,
    build = (input) => input.via(new Tag("!")),
    closeOnError = true,
  }: {
    contract?: HopContract<RawPacket, RawPacket>;
    build?: Build;
    closeOnError?: boolean;
  } = {}): Setup {
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare });
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock, closeOnError, timedOneIn: 1 })
      .hop(near, contract)
      .to((packet) => void got.push(textOf(packet)));
    return { stream, got, half: serveHop(far, contract, build), near, far, clock };
  }

  test("hands on nothing inside of the writer's call, and everything in order afterwards", async () => {
    const { stream, got } = setup();
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b"));
    expect(got).toEqual([]);
    await until(() => got.length === 2);
    expect(got).toEqual(["a!", "b!"]);
    expect(hopNode(stream.report())).toMatchObject({
      id: "hop",
      retention: "cloned",
      packets: 2,
      bytes: 2,
      clones: 2,
      clonedBytes: 2,
      drops: {},
      hop: { wire, returned: { packets: 2, bytes: 4 } },
    });
    await stream.close();
  });

  test("the writer may reuse its bytes as soon as the call has returned", async () => {
    const { stream, got } = setup();
    await stream.start();
    const packet = raw("hello");
    stream.write(packet);
    packet.data.fill(120);
    await until(() => got.length === 1);
    expect(got).toEqual(["hello!"]);
    await stream.close();
  });

  test("time and flags cross; packets that are not to be modified pass the stages of the worker, in order", async () => {
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare });
    const got: (readonly [string, number, number])[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .hop(near, echo)
      .to((packet) => void got.push([textOf(packet), packet.timeUs, packet.flags]));
    serveHop(far, echo, (input) => input.via(new Tag("!")));
    await stream.start();
    stream.write(RawPacket.copy(new TextEncoder().encode("a"), { timeUs: -5_000_000_000 }));
    stream.write(raw("b", PacketFlags.noModify));
    stream.write(raw("c"));
    await until(() => got.length === 3);
    expect(got).toEqual([
      ["a!", -5_000_000_000, 0],
      ["b", 0, PacketFlags.noModify],
      ["c!", 0, 0],
    ]);
    await stream.close();
  });

  test("kinds that the contract does not name pass by, inside of the call", async () => {
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare });
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .hop(near, echo)
      .to((packet) => void got.push(packet.kind.name));
    serveHop(far, echo, (input) => input);
    await stream.start();
    stream.write(note("n"));
    expect(got).toEqual(["note"]);
    expect(hopNode(stream.report()).passedBy).toBe(1);
    await stream.close();
  });

  test("a final packet stops the stream behind everything that crossed before it", async () => {
    const { stream, got } = setup();
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b", PacketFlags.final));
    await until(() => stream.state === "stopped");
    expect(got).toEqual(["a!", "b!"]);
    await stream.close();
  });

  test("stop() brings home what the worker's deferred stages hold; the stream may be started again", async () => {
    const { stream, got } = setup({ build: (input) => input.via(new Deferred("encoder")) });
    for (const round of ["1", "2"]) {
      await stream.start();
      for (let i = 0; i < 40; i++) {
        stream.write(raw(`${round}.${i}`));
      }
      await stream.stop();
      expect(got.splice(0)).toEqual(Array.from({ length: 40 }, (_, i) => `${round}.${i}`));
    }
    await stream.close();
  });

  test("close() ends the worker's half, which closes its stages, and nobody listens any more", async () => {
    const log: string[] = [];
    const { stream, half, near, far } = setup({ build: (input) => input.via(new Tag("t", log)) });
    await stream.start();
    await stream.close();
    expect(await half.closed).toBeNull();
    expect(log).toEqual(["t.stop", "t.close"]);
    expect([near.listeners, far.listeners]).toEqual([0, 0]);
    expect(await stream.closed).toBeNull();
  });

  test("pause and resume reach the worker's stages in their place among the packets", async () => {
    const states: string[] = [];
    class Listening extends Object {
      readonly stage = Object.assign(new Tag("!"), {
        streamStateChanged: (state: string) => void states.push(state),
      });
    }
    const { stream, got } = setup({ build: (input) => input.via(new Listening().stage) });
    await stream.start();
    stream.write(raw("a"));
    await until(() => got.length === 1);
    stream.pause();
    stream.write(raw("lost"));
    await until(() => states.includes("paused"));
    stream.resume();
    stream.write(raw("b"));
    await until(() => got.length === 2);
    expect(got).toEqual(["a!", "b!"]);
    expect(states).toEqual(["active", "paused", "active"]);
    await stream.close();
  });

  test("an error in the worker's half travels back with code and message and fails the stream, naming the hop", async () => {
    const { stream, half } = setup({
      build: (input) =>
        input.via(
          Object.assign(new Tag("bad"), {
            process: () => {
              throw new TypeError("boom");
            },
          }),
        ),
    });
    const told: Error[] = [];
    stream.failed.on((error) => void told.push(error));
    await stream.start();
    stream.write(raw("a"));
    expect(await stream.closed).toMatchObject({ code: "hop/failed", message: "TypeError: boom" });
    expect(told).toHaveLength(1);
    expect(stream.report().error).toEqual({ stage: "hop", message: "TypeError: boom", code: "hop/failed" });
    expect(await half.closed).toMatchObject({ message: "boom" });
  });

  test("a worker's half that cannot be built fails the stream", async () => {
    const { stream } = setup({
      build: () => {
        throw new Error("no codec");
      },
    });
    await stream.start();
    expect(await stream.closed).toMatchObject({ code: "hop/failed", message: "Error: no codec" });
  });

  test("with closeOnError false the stream starts again after an error of the worker's half", async () => {
    let isBad = true;
    const { stream, got } = setup({
      closeOnError: false,
      build: (input) =>
        input.via(
          Object.assign(new Tag("x"), {
            process: (packet: RawPacket, emit: (packet: RawPacket) => void) => {
              if (isBad) {
                throw new Error("once");
              }
              emit(packet);
            },
          }),
        ),
    });
    stream.failed.on(() => {});
    await stream.start();
    stream.write(raw("a"));
    await until(() => stream.state === "error");
    await stream.stop();
    isBad = false;
    await stream.start();
    stream.write(raw("b"));
    await until(() => got.length === 1);
    expect(got).toEqual(["b"]);
    await stream.close();
  });

  test("a worker that dies fails the stream; what it had sent still arrives, and close() does not hang", async () => {
    const { stream, got, far } = setup();
    await stream.start();
    stream.write(raw("a"));
    await until(() => got.length === 1);
    far.die(new Error("exit code 7"));
    const error = (await stream.closed) as FloeError;
    expect(error).toMatchObject({ code: "hop/worker-ended" });
    expect(error.message).toBe('The worker behind hop "hop" has ended: exit code 7');
    expect(stream.report().error?.stage).toBe("hop");
  });

  test("a worker that dies while the stream stops or closes lets it go on", async () => {
    for (const verb of ["stop", "close"] as const) {
      const { stream, far } = setup({ build: (input) => input.via(new Deferred("encoder")) });
      stream.failed.on(() => {});
      await stream.start();
      stream.write(raw("a"));
      const done = stream[verb]().catch((error: FloeError) => error.code);
      far.die();
      await done;
      await stream.close();
      expect(stream.state).toBe("closed");
    }
  });

  test("the branch of a worker that dies fails alone", async () => {
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare });
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock });
    const branch = stream.branch("detect");
    branch.hop(near, echo).to(() => {});
    stream.to((packet) => void got.push(textOf(packet)));
    serveHop(far, echo, (input) => input);
    branch.failed.on(() => {});
    await stream.start();
    far.die();
    expect(await branch.closed).toMatchObject({ code: "hop/worker-ended" });
    stream.write(raw("a"));
    expect([stream.state, got]).toEqual(["active", ["a"]]);
    await stream.close();
  });

  test("a worker that does not answer is lost after patienceMs: stop() rejects, close() resolves", async () => {
    const clock = new ManualClock();
    const [near] = PairedPort.pair(clock, { canShare });
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .hop(near, echo, { name: "mute", patienceMs: 100 })
      .to(() => {});
    stream.failed.on(() => {});
    await stream.start();
    const stopped = stream.stop().catch((error: FloeError) => error.code);
    await until(() => clock.pending > 0);
    clock.advance(100_000);
    expect(await stopped).toBe("hop/silent");
    await stream.close();
    expect([stream.state, near.listeners]).toEqual(["closed", 0]);
  });

  test("a worker that begins to serve later gets everything that the policy has kept", async () => {
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare });
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .hop(near, echo)
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    for (let i = 0; i < 120; i++) {
      stream.write(raw(`${i}`));
    }
    expect([stream.ready, hopNode(stream.report()).drops]).toEqual([false, { overflow: 20 }]);
    serveHop(far, echo, (input) => input);
    await until(() => got.length === 100);
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `${20 + i}`));
    expect(hopNode(stream.report()).queue).toMatchObject({ depth: 0, highWater: 100, capacity: 100 });
    await stream.close();
  });

  test("two sides with different contracts fail with the difference", async () => {
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare });
    const other = hopContract({ to: echo.to, back: { ...echo.back, kinds: [] } });
    const stream = new PacketStream<RawPacket>({ name: "s", clock }).hop(near, echo).to(() => {});
    serveHop(far, other, (input) => input);
    await stream.start();
    expect(await stream.closed).toMatchObject({ code: "hop/contract" });
  });

  test("a packet that is larger than half of the ring is refused with the size that it needs, and counted", async () => {
    const { stream } = setup();
    stream.failed.on(() => {});
    await stream.start();
    stream.write(RawPacket.copy(new Uint8Array(3000)));
    const error = (await stream.closed) as FloeError;
    expect(error).toMatchObject({ code: "hop/too-large", fix: "Set ringBytes of the contract to 8192 or more." });
    expect(hopNode(stream.report()).drops).toEqual({ "too-large": 1 });
  });

  test("a packet that is too large for the way back is an error of the same kind", async () => {
    const { stream } = setup({
      build: (input) =>
        input.via(
          Object.assign(new Tag("grow"), {
            process: (_: RawPacket, emit: (packet: RawPacket) => void) => emit(RawPacket.copy(new Uint8Array(3000))),
          }),
        ),
    });
    await stream.start();
    stream.write(raw("a"));
    expect(await stream.closed).toMatchObject({ code: "hop/too-large" });
  });

  test("a full sink in front holds the whole way back: bounded memory, the policy drops, the rest arrives", async () => {
    const contract = hopContract({
      to: { kinds: [RawPacket.kind], capacity: 4, whenFull: "drop-oldest" },
      back: { kinds: [RawPacket.kind], capacity: 4, whenFull: "drop-newest" },
      ringBytes: 4096,
    });
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare });
    const got: string[] = [];
    const sink = { ready: false, write: (packet: RawPacket): void => void got.push(`${packet.timeUs}`) };
    const stream = new PacketStream<RawPacket>({ name: "s", clock }).hop(near, contract).to(sink);
    const half = serveHop(far, contract, (input) => input);
    await stream.start();
    const bytes = new Uint8Array(900);
    for (let i = 0; i < 200; i++) {
      stream.write(RawPacket.borrow(bytes, { timeUs: i }));
      if (i % 5 === 0) {
        await until(() => true);
        clock.advance(5000);
      }
    }
    expect(stream.ready).toBe(false);
    const dropped = hopNode(stream.report()).drops.overflow ?? 0;
    expect(dropped).toBeGreaterThan(150);
    sink.ready = true;
    await until(() => {
      clock.advance(5000);
      return got.length === 200 - dropped;
    });
    expect(got).toEqual([...got].sort((a, b) => Number(a) - Number(b)));
    expect(got.at(-1)).toBe("199");
    expect(half.report().nodes.find(({ id }) => id === "hop-back")).toMatchObject({ drops: {} });
    await stream.close();
    await half.closed;
  });

  test("one that blocks holds its source to the rate of a slow sink, there and back, and loses nothing", async () => {
    const way = { kinds: [RawPacket.kind], capacity: 4, whenFull: "block" } as const;
    const contract = hopContract({ to: way, back: way, ringBytes: 4096 });
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare });
    const source = new HeedingSource(600);
    const got: string[] = [];
    const sink = { ready: true, write: (packet: RawPacket): void => void got.push(textOf(packet)) };
    const stream = new PacketStream({ name: "s", clock }).source(source).hop(near, contract).to(sink);
    // Three for one: what was on its way when the queue became full finds room.
    const half = serveHop(far, contract, (input) => input.via(new Burst(3)));
    await stream.start();
    sink.ready = false;
    await until(() => stream.report().nodes[0].packets > 0);
    for (let i = 0; i < 200; i++) {
      await turns(5);
      clock.advance(5000);
    }
    const held = source.brought;
    for (let i = 0; i < 200; i++) {
      await turns(5);
      clock.advance(5000);
    }
    // Two rings of 4 KiB and two queues of four are full, and nobody brings more.
    expect([source.brought, held < 600]).toEqual([held, true]);
    sink.ready = true;
    await until(() => {
      clock.advance(5000);
      return got.length === 3 * 600;
    });
    expect(got).toEqual(Array.from({ length: 3 * 600 }, (_, i) => `${Math.floor(i / 3)}`));
    const back = half.report().nodes.find(({ id }) => id === "hop-back");
    for (const node of [hopNode(stream.report()), back]) {
      expect(node).toMatchObject({ drops: {} });
      expect(node?.queue?.highWater).toBeLessThanOrEqual(8);
    }
    await stream.close();
    await half.closed;
  });

  test("packets that come home after close are late, and counted", async () => {
    const held = new Deferred("encoder");
    const { stream, got, half } = setup({ build: (input) => input.via(held), closeOnError: true });
    await stream.start();
    stream.write(raw("a"));
    await until(() => held.held.length === 1);
    await stream.close();
    await half.closed;
    stream.write(raw("b"));
    expect(stream.report().nodes[0].drops).toEqual({ late: 1 });
    // stop() emptied the worker's half before.
    expect(got).toEqual(["a"]);
  });

  test("a burst needs few messages", async () => {
    const { stream, got, near } = setup();
    await stream.start();
    await until(() => near.posted.length > 1);
    const before = near.posted.length;
    for (let i = 0; i < 50; i++) {
      stream.write(raw(`${i}`));
    }
    await until(() => got.length === 50);
    expect(near.posted.length - before).toBeLessThanOrEqual(3);
    await stream.close();
  });
});
