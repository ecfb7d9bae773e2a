import { describe, expect, test } from "vitest";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { RawPacket } from "../../../src/core/stream/raw-packet.js";
import type { StreamState } from "../../../src/core/stream/stream-state.js";
import { Deferred, raw, rawSource, Tag, textOf } from "./kit.js";

type World = { readonly stream: PacketStream<RawPacket>; readonly got: string[] };

/** Brings a new stream into a state by its public verbs. */
const into: Record<StreamState, (world: World) => Promise<void>> = {
  none: async () => {},
  locked: async ({ stream }) => void stream.lock(),
  active: ({ stream }) => stream.start(),
  paused: async ({ stream }) => {
    await stream.start();
    stream.pause();
  },
  stopping: async ({ stream }) => {
    await stream.start();
    void stream.stop();
  },
  stopped: async ({ stream }) => {
    await stream.start();
    await stream.stop();
  },
  closed: async ({ stream }) => {
    await stream.start();
    await stream.close();
  },
  error: async ({ stream }) => {
    await stream.start();
    stream.failed.on(() => {});
    stream.write(raw("!"));
  },
};

async function world(state: StreamState): Promise<World> {
  const got: string[] = [];
  const stream = new PacketStream<RawPacket>({ name: "s", closeOnError: false }).to((packet) => {
    if (textOf(packet) === "!") {
      throw new Error("boom");
    }
    got.push(textOf(packet));
  });
  const made = { stream, got };
  await into[state](made);
  expect(stream.state).toBe(state);
  return made;
}

type Outcome = StreamState | "throws" | false;

/** What each verb leads to from each state (the order of the columns: none … error). */
const columns: readonly StreamState[] = [
  "none",
  "locked",
  "active",
  "paused",
  "stopping",
  "stopped",
  "closed",
  "error",
];
const table: Record<
  string,
  { readonly run: (stream: PacketStream<RawPacket>) => unknown; readonly to: readonly Outcome[] }
> = {
  start: {
    run: (s) => s.start(),
    to: ["active", "active", "active", "active", "throws", "active", "throws", "throws"],
  },
  pause: {
    run: (s) => s.pause(),
    to: ["paused", "paused", "paused", "paused", "stopped", "paused", "closed", "error"],
  },
  resume: {
    run: (s) => s.resume(),
    to: ["none", "locked", "active", "active", "stopped", "stopped", "closed", "error"],
  },
  stop: {
    run: (s) => s.stop(),
    to: ["stopped", "stopped", "stopped", "stopped", "stopped", "stopped", "closed", "stopped"],
  },
  close: { run: (s) => s.close(), to: ["none", "closed", "closed", "closed", "closed", "closed", "closed", "closed"] },
  lock: { run: (s) => s.lock(), to: ["locked", false, false, false, false, false, false, false] },
  reset: { run: (s) => s.reset(), to: ["none", "throws", "throws", "throws", "throws", "throws", "none", "throws"] },
  attach: {
    run: (s) => s.attach(new Tag("late")),
    to: ["none", "throws", "throws", "throws", "throws", "stopped", "throws", "throws"],
  },
  detach: { run: (s) => s.detach({}), to: [false, "throws", "throws", "throws", "throws", false, "throws", "throws"] },
};

describe("every verb in every state", () => {
  for (const [verb, { run, to }] of Object.entries(table)) {
    for (const [index, from] of columns.entries()) {
      const outcome = to[index];
      test(`${verb} from ${from}: ${outcome === false ? "answers false, nothing changes" : outcome}`, async () => {
        const { stream } = await world(from);
        if (outcome === "throws") {
          const code = verb === "attach" || verb === "detach" ? "stream/active" : "stream/state";
          const asked = (async () => run(stream))();
          expect(stream.state).toBe(from);
          await expect(asked).rejects.toMatchObject({ code });
        } else if (outcome === false) {
          expect(await run(stream)).toBe(false);
          expect(stream.state).toBe(from);
        } else {
          await run(stream);
          // A stop that was under way goes on to its end.
          if (from === "stopping") {
            await stream.stop();
          }
          expect(stream.state).toBe(outcome);
        }
      });
    }
  }
});

describe("the life of a stream", () => {
  test("start, a, stop, b, start, c: exactly a and c arrive", async () => {
    const { stream, got } = await world("active");
    stream.write(raw("a"));
    await stream.stop();
    stream.write(raw("b"));
    await stream.start();
    stream.write(raw("c"));
    expect(got).toEqual(["a", "c"]);
    expect(stream.report().nodes[0].drops).toEqual({ late: 1 });
  });

  test("packets that are written before the start are dropped as early", async () => {
    const { stream, got } = await world("none");
    stream.write(raw("a"));
    expect(got).toEqual([]);
    expect(stream.report().nodes[0].drops).toEqual({ early: 1 });
  });

  test("what is written while paused never arrives, what is written after resume does", async () => {
    const { stream, got } = await world("active");
    stream.pause();
    stream.write(raw("a"));
    stream.resume();
    stream.write(raw("b"));
    expect(got).toEqual(["b"]);
    expect(stream.report().nodes[0].drops).toEqual({ paused: 1 });
  });

  test("start of a paused stream resumes it", async () => {
    const { stream, got } = await world("paused");
    await stream.start();
    stream.write(raw("a"));
    expect(got).toEqual(["a"]);
  });

  test("a stream that was paused before its start begins for real when it resumes", async () => {
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source);
    stream.pause();
    expect(source.log).toEqual([]);
    stream.resume();
    expect(source.log).toEqual(["source.start"]);
  });

  test("the states are told in order: adapters first, then listeners", async () => {
    const told: string[] = [];
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source).to(() => {});
    stream.stateChanged.on((state) => told.push(`${state}/${source.states.length}`));
    await stream.start();
    stream.pause();
    stream.resume();
    await stream.close();
    expect(told).toEqual(["active/1", "paused/2", "active/3", "stopping/4", "stopped/5", "closed/6"]);
  });

  test("a state change reaches the adapters before the next packet", async () => {
    const events: string[] = [];
    const tag = Object.assign(new Tag("t"), { streamStateChanged: (state: StreamState) => events.push(state) });
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(tag).to((packet) => void events.push(textOf(packet)));
    await stream.start();
    stream.write(raw("1"));
    await stream.stop();
    expect(events).toEqual(["active", "1t", "stopping", "stopped"]);
  });

  test("a stream that is closing is not paused and resumed back to life", async () => {
    const log: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" }).source(rawSource({ log })).to(() => {});
    stream.pause();
    const closing = stream.close();
    for (let turn = 0; turn < 8; turn++) {
      stream.pause();
      stream.resume();
      await Promise.resolve();
    }
    await closing;
    expect([stream.state, log.filter((line) => line === "source.start")]).toEqual(["closed", []]);
  });

  test("close twice is quiet and closed settles with null", async () => {
    const { stream } = await world("active");
    await Promise.all([stream.close(), stream.close()]);
    await stream.close();
    expect(await stream.closed).toBeNull();
  });

  test("closing a stream that never ran closes what it was given and lets go of it; it stays new", async () => {
    const log: string[] = [];
    const stream = new PacketStream({ name: "s" }).source(rawSource({ log })).via(new Tag("tag", log));
    await stream.close();
    expect([stream.state, log, stream.report().nodes]).toEqual(["none", ["tag.close", "source.close"], []]);
    expect(await stream.closed).toBeNull();
    await stream.close();
    expect(log).toHaveLength(2);
    const got: string[] = [];
    const used = stream.to((packet: RawPacket) => void got.push(textOf(packet)));
    await used.start();
    used.write(raw("a"));
    await used.close();
    expect([got, await used.closed, used.state]).toEqual([["a"], null, "closed"]);
  });

  test("await using closes the stream", async () => {
    const log: string[] = [];
    {
      await using stream = new PacketStream({ name: "s" }).source(rawSource({ log })).via(new Tag("tag", log));
      await stream.start();
    }
    expect(log).toEqual(["source.start", "tag.stop", "source.stop", "tag.close", "source.close"]);
  });

  test("stop twice at once stops the source once", async () => {
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source);
    await stream.start();
    await Promise.all([stream.stop(), stream.stop()]);
    expect(source.log).toEqual(["source.start", "source.stop"]);
  });

  test("start twice at once starts the source once", async () => {
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source);
    await Promise.all([stream.start(), stream.start()]);
    expect(source.log).toEqual(["source.start"]);
  });

  test("a listener that closes the stream in the middle of its stop does no harm", async () => {
    const log: string[] = [];
    const stream = new PacketStream({ name: "s" }).source(rawSource({ log })).via(new Tag("tag", log));
    stream.stateChanged.on((state) => {
      if (state === "stopping") {
        void stream.close();
      }
    });
    await stream.start();
    await stream.stop();
    await stream.closed;
    expect(log).toEqual(["source.start", "tag.stop", "source.stop", "tag.close", "source.close"]);
    expect(stream.state).toBe("closed");
  });

  test("a closed stream can be reset and built anew", async () => {
    const got: string[] = [];
    const { stream } = await world("closed");
    stream.reset();
    const again = stream.to((packet) => void got.push(textOf(packet)));
    await again.start();
    again.write(raw("a"));
    await again.close();
    expect(got).toEqual(["a"]);
    expect(await stream.closed).toBeNull();
  });

  test("a locked stream can be started, and changed after it has stopped", async () => {
    const { stream } = await world("locked");
    expect(() => stream.to(() => {})).toThrow(expect.objectContaining({ code: "stream/active" }));
    await stream.start();
    await stream.stop();
    expect(() => stream.to(() => {})).not.toThrow();
  });

  test("with autoStart the first packet starts the stream and arrives", () => {
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", autoStart: true }).to(
      (packet) => void got.push(textOf(packet)),
    );
    stream.write(raw("a"));
    expect([got, stream.state]).toEqual([["a"], "active"]);
  });

  test("detached sources and processors are out, and a later start moves nothing", async () => {
    const got: string[] = [];
    const source = rawSource();
    const tag = new Tag("t");
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .via(tag)
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    await stream.stop();
    expect([stream.detach(source), stream.detach(tag), stream.detach(source)]).toEqual([true, true, false]);
    await stream.start();
    source.emit(raw("a"));
    expect(got).toEqual([]);
    expect(stream.report().nodes.map(({ id }) => id)).not.toContain("source");
  });
});

describe("abort signals", () => {
  test("an aborted signal refuses the start, nothing has changed", async () => {
    const { stream } = await world("none");
    const reason = new Error("no");
    await expect(stream.start({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(stream.state).toBe("none");
  });

  test("aborting a start that is under way rejects with the reason and closes the stream", async () => {
    let settle = (): void => {};
    const starting = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const log: string[] = [];
    const source = rawSource({ log });
    source.start = () => starting as never;
    const stream = new PacketStream({ name: "s" }).source(source);
    const abort = new AbortController();
    const started = stream.start({ signal: abort.signal });
    abort.abort("enough");
    await expect(started).rejects.toBe("enough");
    expect(log).toEqual([]);
    settle();
    expect(await stream.closed).toBeNull();
    // The source is stopped only after its start has settled.
    expect(log).toEqual(["source.stop", "source.close"]);
  });

  test("aborting later closes the stream; after a stop the signal means nothing any more", async () => {
    const { stream } = await world("none");
    const abort = new AbortController();
    await stream.start({ signal: abort.signal });
    abort.abort();
    await stream.closed;
    expect(stream.state).toBe("closed");

    const other = (await world("none")).stream;
    const otherAbort = new AbortController();
    await other.start({ signal: otherAbort.signal });
    await other.stop();
    otherAbort.abort();
    expect(other.state).toBe("stopped");
  });
});

test("a deferred stage's late emit of an earlier run is dropped and counted, also after a restart", async () => {
  const got: string[] = [];
  const late: ((packet: RawPacket) => void)[] = [];
  const stage = new Deferred("encoder");
  stage.process = (_packet, emit) => void late.push(emit);
  stage.stop = async () => {};
  const stream = new PacketStream<RawPacket>({ name: "s" }).via(stage).to((packet) => void got.push(textOf(packet)));
  await stream.start();
  stream.write(raw("x"));
  await stream.stop();
  late[0](raw("stopped"));
  await stream.start();
  late[0](raw("old"));
  stream.write(raw("y"));
  late[1](raw("new"));
  expect(got).toEqual(["new"]);
  expect(stream.report().nodes.find(({ id }) => id === "encoder")?.drops).toEqual({ late: 2 });
});
