import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FlagPacket } from "../../../../src/core/stream/flag-packet.js";
import { PlainVideoFrame } from "../../../../src/core/stream/frame-packet.js";
import { hopContract } from "../../../../src/core/stream/hop/hop-contract.js";
import { serveHop } from "../../../../src/core/stream/hop/serve-hop.js";
import {
  EncodedVideo,
  type EncodedVideoPacket,
  VideoFrame,
  type VideoFramePacket,
} from "../../../../src/core/stream/media-packet.js";
import { PacketStream } from "../../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../../src/core/stream/raw-packet.js";
import { PairedPort } from "../../../sim/hop-pair.js";
import { ManualClock } from "../../../sim/manual-clock.js";
import { Note, raw, rawSource, textOf, turns } from "../kit.js";
import { Box, type BoxPacket, boxCodec, until } from "./kit.js";

const way = { kinds: [RawPacket.kind], capacity: 4, whenFull: "drop-oldest" } as const;
const echo = hopContract({ to: way, back: way });

describe("a contract", () => {
  test("is refused with what is wrong with it", () => {
    expect(() => hopContract({ to: { ...way, kinds: [Note] }, back: way })).toThrow(
      expect.objectContaining({ code: "hop/kind", message: 'Hop "hop" does not know how "note" packets cross' }),
    );
    expect(() => hopContract({ to: { ...way, kinds: [Box, boxCodec] }, back: way })).toThrow(
      expect.objectContaining({ code: "hop/kind" }),
    );
    expect(() => hopContract({ to: { ...way, kinds: [boxCodec, boxCodec] }, back: way })).toThrow(
      expect.objectContaining({ code: "hop/duplicate-kind" }),
    );
    for (const capacity of [0, -1, 1.5, Number.NaN]) {
      expect(() => hopContract({ to: { ...way, capacity }, back: way })).toThrow(
        expect.objectContaining({ code: "stream/capacity" }),
      );
    }
    const whenFull = "wait" as "block";
    expect(() => hopContract({ to: way, back: { ...way, whenFull } })).toThrow(
      expect.objectContaining({ code: "stream/when-full", message: 'Hop "hop" cannot do "wait" when it is full' }),
    );
    for (const ringBytes of [0, -4096, 4095, 2 ** 31, Number.NaN]) {
      expect(() => hopContract({ to: way, back: way, ringBytes })).toThrow(
        expect.objectContaining({ code: "hop/ring-bytes" }),
      );
    }
  });

  test("rounds its ring up to a power of two", () => {
    expect(hopContract({ to: way, back: way, ringBytes: 5000 }).ringBytes).toBe(8192);
  });

  test("names flags without need: they cross anyway, once", () => {
    const { to } = hopContract({ to: { ...way, kinds: [FlagPacket.kind, RawPacket.kind] }, back: way });
    expect(to.codecs.signature).toBe("flag, raw");
  });
});

describe("a hop in a sentence", () => {
  const clock = new ManualClock();
  const [port] = PairedPort.pair(clock, { canShare: false });

  test("is refused where none of its kinds arrive, and none of what comes back fits", async () => {
    const decode = hopContract({
      to: { kinds: [EncodedVideo], capacity: 4, whenFull: "drop-until-key" },
      back: { kinds: [VideoFrame], capacity: 4, whenFull: "drop-oldest" },
    });
    const stream = new PacketStream({ name: "s", clock }).source(rawSource());
    // @ts-expect-error the source emits raw packets only
    stream.hop(port, decode).to(() => {});
    await expect(stream.start()).rejects.toMatchObject({ code: "stream/no-packets" });
    const typed: PacketStream<VideoFramePacket> = new PacketStream<EncodedVideoPacket>({ name: "t" }).hop(port, decode);
    // @ts-expect-error pictures come back, not what was sent
    typed.to({ accepts: [EncodedVideo], write: (_: EncodedVideoPacket) => {} });
    const mixed: PacketStream<BoxPacket | RawPacket> = new PacketStream<BoxPacket | RawPacket>({ name: "u" }).hop(
      port,
      echo,
    );
    expect(mixed.name).toBe("u");
  });

  test("takes a retained stage behind it: what comes home is given away", async () => {
    const [near, far] = PairedPort.pair(clock, { canShare: false });
    serveHop(far, echo, (input) => input);
    const kept: RawPacket[] = [];
    const source = rawSource();
    const stream = new PacketStream({ name: "s", clock })
      .source(source)
      .hop(near, echo)
      .to({ retention: "retained", write: (packet: RawPacket) => void kept.push(packet) });
    await stream.start();
    source.emit(raw("a"));
    await stream.close();
    expect(kept.map(textOf)).toEqual(["a"]);
  });

  test("is refused with options that cannot work, twice in one stream, and while the stream is active", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s", clock });
    expect(() => stream.hop(port, echo, { maxTurnMs: 0 })).toThrow(
      expect.objectContaining({ code: "stream/max-turn" }),
    );
    expect(() => stream.hop(port, echo, { patienceMs: -1 })).toThrow(expect.objectContaining({ code: "hop/patience" }));
    expect(() => stream.hop(port, echo, { order: 102 })).toThrow(expect.objectContaining({ code: "stream/order" }));
    stream.to(() => {});
    await stream.start();
    expect(() => stream.hop(port, echo)).toThrow(expect.objectContaining({ code: "stream/active" }));
    await stream.close();
  });

  test("stands at its number in a numbered graph", () => {
    const stream = new PacketStream<RawPacket>({ name: "s", clock }).hop(port, echo, { order: 0, name: "decode" });
    expect(stream.report().nodes.map(({ id, type }) => [id, type])).toEqual([["decode", "hop"]]);
    expect(() => stream.hop(port, echo, { order: 0 })).toThrow(
      expect.objectContaining({ code: "stream/duplicate-order" }),
    );
  });

  test("a frame of a skin's own format is refused with what to do instead", async () => {
    const pictures = hopContract({ to: { ...way, kinds: [VideoFrame] }, back: { ...way, kinds: [] } });
    const stream = new PacketStream<VideoFramePacket>({ name: "s", clock }).hop(port, pictures).to(() => {});
    stream.failed.on(() => {});
    await stream.start();
    stream.write(new PlainVideoFrame({ width: 2, height: 2, format: "other", planes: [], strides: [], timeUs: 0 }));
    expect(stream.error).toMatchObject({ code: "hop/format" });
  });
});

describe('hop("main")', () => {
  test("hands on in a turn of the event loop of its own, not on the stack that brought the packet", async () => {
    const clock = new ManualClock();
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .hop("main")
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    const bytes = raw("a");
    stream.write(bytes);
    bytes.data.fill(0);
    stream.write(raw("b"));
    await turns();
    expect(got).toEqual([]);
    clock.advance(0);
    expect(got).toEqual(["a", "b"]);
    expect(stream.report().nodes.map(({ id, queue }) => [id, queue?.capacity])).toContainEqual(["main", 1024]);
    await stream.close();
  });

  test("needs a clock", () => {
    expect(() => new PacketStream({ name: "s" }).hop("main")).toThrow(
      expect.objectContaining({ code: "stream/no-clock" }),
    );
  });
});

const withRings = typeof SharedArrayBuffer === "undefined" ? describe.each<string>([]) : describe.each(["waitAsync"]);

withRings("a ring where the runtime has no Atomics.%s", () => {
  const { waitAsync } = Atomics as { waitAsync?: unknown };
  beforeEach(() => {
    Object.defineProperty(Atomics, "waitAsync", { configurable: true, writable: true, value: undefined });
  });
  afterEach(() => {
    Object.defineProperty(Atomics, "waitAsync", { configurable: true, writable: true, value: waitAsync });
  });

  test("wakes by messages, one for a burst and none while the other side is awake", async () => {
    const clock = new ManualClock();
    const [near, far] = PairedPort.pair(clock, { canShare: true });
    const small = hopContract({ to: { ...way, capacity: 200 }, back: { ...way, capacity: 200 }, ringBytes: 4096 });
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .hop(near, small)
      .to((packet) => void got.push(textOf(packet)));
    serveHop(far, small, (input) => input);
    await stream.start();
    await until(() => near.posted.length > 1);
    stream.write(raw("a"));
    stream.write(raw("b"));
    await until(() => got.length === 2);
    expect(near.posted.filter((type) => type === "wake")).toHaveLength(1);
    for (let i = 0; i < 200; i++) {
      stream.write(raw(`${i}`));
    }
    await until(() => got.length === 202);
    expect(got.slice(2)).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`));
    await stream.close();
  });
});
