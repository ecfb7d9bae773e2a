// What generated code and closures promise each other: whatever the chain, they do the same.
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Emit, Processor } from "../../../src/core/stream/adapter.js";
import { allowCode, mayBuildCode } from "../../../src/core/stream/code.js";
import { EncodedVideo } from "../../../src/core/stream/media-packet.js";
import type { Packet, PacketKind } from "../../../src/core/stream/packet.js";
import { AnyPacket, PacketFlags } from "../../../src/core/stream/packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { bytesOf, Deferred, Note, note, raw, Tag, TestSource, textOf, video } from "./kit.js";

afterEach(() => allowCode(true));

/** The stack that a stage throws in. */
async function stackOf(stream: PacketStream<RawPacket>): Promise<string> {
  stream.failed.on(() => {});
  await stream.start();
  stream.write(raw("a"));
  return (await stream.closed)?.stack ?? "";
}

function throwing(name = "sink"): PacketStream<RawPacket> {
  return new PacketStream<RawPacket>({ name }).via(new Tag(`${name}; throw "in" + \`text\`\n//`)).to({
    name: "*/ } throw 1; /*",
    write: (_packet: RawPacket) => {
      throw new Error("here");
    },
  });
}

describe("a started chain", () => {
  test("is one function of its own, which stacks name", async () => {
    const [first, second] = [await stackOf(throwing()), await stackOf(throwing())];
    expect(first).toMatch(/floe\/chain-\d+\.js/);
    expect(first.match(/chain-\d+/)?.[0]).not.toBe(second.match(/chain-\d+/)?.[0]);
  });

  test("is closures where code from text is forbidden", async () => {
    allowCode(false);
    expect(await stackOf(throwing())).not.toContain("chain-");
  });

  test("has none of its user's words in its text", async () => {
    const names = ["`", '"', "\n}", "*/", "constructor", "__proto__"];
    for (const name of names) {
      expect(await stackOf(throwing(name))).toContain("here");
    }
    expect(mayBuildCode()).toBe(true);
  });

  test("is written anew when the topology has changed between two runs", async () => {
    const got: string[] = [];
    const extra = new Tag("2");
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Tag("1"));
    stream.attach(extra, { order: 20 });
    stream.to((packet) => got.push(textOf(packet as RawPacket)));
    await stream.start();
    stream.write(raw("a"));
    await stream.stop();
    stream.detach(extra);
    await stream.start();
    stream.write(raw("b"));
    expect(got).toEqual(["a12", "b1"]);
  });
});

type Behaviour = "pass" | "drop" | "double" | "tag" | "throw on z" | "protect" | "keep";
type StageSpec = { readonly behaviour: Behaviour; readonly accepts: readonly PacketKind[] };

const stageSpec: fc.Arbitrary<StageSpec> = fc.record({
  behaviour: fc.constantFrom<Behaviour>("pass", "drop", "double", "tag", "throw on z", "protect", "keep"),
  accepts: fc.constantFrom<readonly PacketKind[]>(
    [RawPacket.kind],
    [Note],
    [RawPacket.kind, Note],
    [AnyPacket],
    [Note, RawPacket.kind, EncodedVideo],
  ),
});

function stageOf({ behaviour, accepts }: StageSpec, name: string): Processor<Packet, Packet> {
  const process = (packet: Packet, emit: Emit<Packet>): void => {
    if (behaviour === "throw on z" && packet instanceof RawPacket && textOf(packet).startsWith("z")) {
      throw new Error(name);
    }
    if (behaviour === "drop") {
      return;
    }
    const isRaw = packet instanceof RawPacket;
    const flags = behaviour === "protect" ? packet.flags | PacketFlags.noModify : packet.flags;
    emit(isRaw && behaviour !== "pass" ? RawPacket.borrow(bytesOf(`${textOf(packet)}${name}`), { flags }) : packet);
    if (behaviour === "double") {
      emit(packet);
    }
  };
  return { name, retention: "borrowed", accepts, emits: [AnyPacket], process };
}

/** Everything that can be seen of one chain at work. */
async function observe(specs: readonly StageSpec[], packets: readonly string[], isClosures: boolean): Promise<unknown> {
  allowCode(!isClosures);
  const seen: string[] = [];
  const source = new TestSource([AnyPacket], { retention: "cloned" });
  const stream = new PacketStream({ name: "s", closeOnError: false }).source(source);
  for (const [index, spec] of specs.entries()) {
    stream.attach(spec.behaviour === "keep" ? new Deferred(`${index}`) : stageOf(spec, `${index}`));
    if (index === 1) {
      stream.branch("b").to((packet) => void seen.push(`b ${packet.kind.name}`));
    }
  }
  stream.to((packet) => void seen.push(`${packet.kind.name} ${packet.flags} ${packet.byteLength}`));
  stream.to({ name: "raws", accepts: [RawPacket.kind], write: (packet: Packet) => void seen.push(packet.kind.name) });
  stream.failed.on((error) => seen.push(error.message));
  await stream.start();
  for (const text of packets) {
    source.emit(text === "v" ? video(1) : text === "n" ? note("n") : raw(text));
  }
  await stream.stop().catch(() => {});
  return { seen, report: stream.report() };
}

describe("generated code and closures", () => {
  test("show the same packets, errors and counters in the same order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stageSpec, { maxLength: 6 }),
        fc.array(fc.constantFrom("a", "z", "v", "n"), { maxLength: 12 }),
        async (specs, packets) => {
          expect(await observe(specs, packets, true)).toEqual(await observe(specs, packets, false));
        },
      ),
      { numRuns: 200 },
    );
  });
});
