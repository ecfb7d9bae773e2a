// What a stream refuses, by code, and that nothing has changed then. (Kernel faces have tests of their own.)
import { describe, expect, test } from "vitest";
import { PlainAudioFrame, PlainVideoFrame } from "../../../src/core/stream/frame-packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { raw, rawSource, Tag } from "./kit.js";

type Stream = PacketStream<RawPacket>;

const keeper = { name: "keeper", retention: "retained", write: () => {} } as const;
const odd = (claims: object): Tag => Object.assign(new Tag("odd"), claims);

const failsOddly = (stream: Stream): unknown => stream.branch("b", { failure: "maybe" as never });

function build(): Stream {
  const stream = new PacketStream<RawPacket>({ name: "s" });
  stream.attach(new Tag("tag"), { order: 10 });
  return stream;
}

describe("refused while a stream is put together", () => {
  const cases: readonly (readonly [string, string, (stream: Stream) => unknown])[] = [
    ["a retention that there is not", "stream/retention", (s) => s.attach(odd({ retention: "mine" }))],
    [
      "a source's retention that there is not",
      "stream/retention",
      (s) => s.source(Object.assign(rawSource(), { retention: "mine" })),
    ],
    [
      "a sink's retention that there is not",
      "stream/retention",
      (s) => s.to({ ...keeper, retention: "mine" as never }),
    ],
    ["a processor that says nothing of retention", "stream/retention", (s) => s.attach(odd({ retention: undefined }))],
    ["kinds that are names", "stream/kinds", (s) => s.attach(odd({ accepts: ["raw"] }))],
    ["kinds that are no list", "stream/kinds", (s) => s.attach(odd({ emits: RawPacket.kind }))],
    ["a processor that says nothing of kinds", "stream/kinds", (s) => s.attach(odd({ accepts: undefined }))],
    ["a processor that cannot process", "stream/stage", (s) => s.attach(odd({ process: undefined }))],
    ["a sink that cannot write", "stream/stage", (s) => s.to({ ...keeper, write: undefined as never })],
    ["a queue for less than nothing", "stream/capacity", (s) => s.queue({ capacity: -1, whenFull: "block" })],
    ["a queue for half a packet", "stream/capacity", (s) => s.queue({ capacity: 0.5, whenFull: "block" })],
    ["a policy that there is not", "stream/when-full", (s) => s.queue({ capacity: 1, whenFull: "wait" as never })],
    [
      "turns of less than nothing",
      "stream/max-turn",
      (s) => s.queue({ capacity: 1, whenFull: "block", maxTurnMs: -1 }),
    ],
    ["an order below -1", "stream/order", (s) => s.attach(new Tag("x"), { order: -2 })],
    ["an order above 101", "stream/order", (s) => s.queue({ capacity: 1, whenFull: "block", order: 102 })],
    ["an order between two", "stream/order", (s) => s.attach(new Tag("x"), { order: 1.5 })],
    ["an order that is taken", "stream/duplicate-order", (s) => s.attach(new Tag("x"), { order: 10 })],
    [
      "the same stage twice",
      "stream/duplicate-stage",
      (s) => {
        const one = new Tag("one");
        s.to((_packet) => {}).detach(one);
        const sink = { write: (_packet: RawPacket): void => {} };
        s.to(sink);
        try {
          s.to(sink);
        } finally {
          s.detach(sink);
        }
      },
    ],
    [
      "a source that cannot start",
      "stream/source",
      (s) => s.source(Object.assign(rawSource(), { start: undefined }) as never),
    ],
    ["a source that cannot stop", "stream/source", (s) => s.source(Object.assign(rawSource(), { stop: 5 }) as never)],
    [
      "a source of no lifecycle that there is",
      "stream/source",
      (s) => s.source(rawSource(), { lifecycle: "mine" as never }),
    ],
    [
      "an external source that nobody can listen to",
      "stream/source",
      (s) => s.source(rawSource() as never, { lifecycle: "external" }),
    ],
    ["a branch that fails in no way that there is", "stream/branch-failure", failsOddly],
    ["a reset of a stream that runs or waits", "stream/state", (s) => s.lock() && s.reset()],
  ];

  test.for(cases)("%s: %s", ([, code, ask]) => {
    const stream = build();
    expect(() => ask(stream)).toThrow(expect.objectContaining({ code }));
    expect(
      stream
        .report()
        .nodes.filter(({ type }) => type === "processor" || type === "queue")
        .map(({ id }) => id),
    ).toEqual(["tag"]);
  });

  test.for([
    ["timedOneIn", -1, "stream/timed-one-in"],
    ["timedOneIn", 1.5, "stream/timed-one-in"],
    ["budgetMs", -16.7, "stream/budget"],
  ] as const)("%s of %s: %s", ([option, value, code]) => {
    expect(() => new PacketStream({ name: "s", [option]: value })).toThrow(expect.objectContaining({ code }));
  });
});

describe("refused by start, and the stream is as it was", () => {
  test("a stage that keeps what is only lent", async () => {
    const stream = new PacketStream({ name: "s" }).source(rawSource()).via(new Tag("tag")).to(keeper);
    await expect(stream.start()).rejects.toMatchObject({
      code: "stream/lent-packets",
      message: expect.stringContaining('"keeper" keeps packets after the call, but "tag" only lends them'),
    });
    expect(stream.state).toBe("none");
  });

  test.for([
    ["names", ["raw"]],
    ["nothing at all", undefined],
  ])("a source whose kinds are %s", async ([, emits]) => {
    const stream = new PacketStream({ name: "s" }).source(Object.assign(rawSource(), { emits }) as never);
    await expect(stream.to(() => {}).start()).rejects.toMatchObject({ code: "stream/kinds" });
    expect(stream.state).toBe("none");
  });

  test("a stream that is a source of itself, over another one", async () => {
    const first = new PacketStream<RawPacket>({ name: "first" });
    const second = new PacketStream({ name: "second" }).source(first.asSource());
    first.source(second.asSource());
    await expect(first.start()).rejects.toMatchObject({ code: "stream/cycle" });
    expect([first.state, second.state]).toEqual(["none", "none"]);
  });

  test("a stage that nothing reaches", async () => {
    const stream = new PacketStream({ name: "s" }).source(rawSource());
    stream.attach(odd({ accepts: [] }));
    await expect(stream.start()).rejects.toMatchObject({ code: "stream/no-packets" });
    expect(stream.state).toBe("none");
  });
});

describe("refused while it runs, and it runs on", () => {
  test.for<readonly [string, (stream: Stream) => unknown]>([
    ["attaching", (s) => s.attach(new Tag("x"))],
    ["a sink", (s) => s.to(() => {})],
    ["a queue", (s) => s.queue({ capacity: 1, whenFull: "block" })],
    ["a branch", (s) => s.branch("b")],
    ["a source", (s) => s.source(rawSource())],
    ["detaching", (s) => s.detach({})],
  ])("%s", async ([, ask]) => {
    const stream = build();
    await stream.start();
    const before = stream.report();
    expect(() => ask(stream)).toThrow(expect.objectContaining({ code: "stream/active" }));
    expect(stream.report()).toEqual(before);
  });

  test("a packet after close is dropped and counted, and wakes nothing", async () => {
    const stream = build();
    await stream.start();
    await stream.close();
    stream.write(raw("late"));
    expect([stream.state, stream.report().nodes[0]]).toMatchObject(["closed", { packets: 0, drops: { late: 1 } }]);
  });
});

describe("packets of no size", () => {
  const picture = { width: 2, height: 2, format: "i420", planes: [], strides: [], timeUs: 0 } as const;
  const sound = { sampleRateHz: 48_000, channels: 2, sampleCount: 960, format: "f32", planes: [], timeUs: 0 } as const;

  test.for([
    { width: -2 },
    { height: 0 },
    { strides: [-1] },
    { width: 1.5 },
    { height: Number.NaN },
  ])("a picture: %o", (bad) => {
    expect(() => new PlainVideoFrame({ ...picture, ...bad })).toThrow(expect.objectContaining({ code: "packet/size" }));
  });

  test.for([{ sampleRateHz: -1 }, { channels: 0 }, { sampleCount: -960 }])("sound: %o", (bad) => {
    expect(() => new PlainAudioFrame({ ...sound, ...bad })).toThrow(expect.objectContaining({ code: "packet/size" }));
  });
});
