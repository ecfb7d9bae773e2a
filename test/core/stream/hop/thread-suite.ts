// What holds for a hop to a real thread, in Node and in the browser, by a ring and by messages.
import { afterEach, describe, expect, test } from "vitest";
import type { FloeError } from "../../../../src/core/error/floe-error.js";
import { PlainEncodedAudio, PlainEncodedVideo } from "../../../../src/core/stream/encoded-packet.js";
import { FlagPacket } from "../../../../src/core/stream/flag-packet.js";
import { PlainAudioFrame, PlainVideoFrame } from "../../../../src/core/stream/frame-packet.js";
import type { HopPort } from "../../../../src/core/stream/hop/hop-port.js";
import type { Packet } from "../../../../src/core/stream/packet.js";
import { PacketStream } from "../../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../../src/core/stream/raw-packet.js";
import { raw, textOf } from "../kit.js";
import { box, until } from "./kit.js";
import { echo, moody, narrow } from "./thread-half.js";

/** A worker that serves `serveHalves`. */
export type TestThread = { readonly port: HopPort; terminate(): void };

/** The suite: `wire` is what a hop is expected to travel by here. */
export function describeHops(
  { wire, option = "auto" }: { wire: "ring" | "messages"; option?: "auto" | "messages" },
  openThread: () => TestThread,
): void {
  describe(`a hop to a thread by ${wire}`, () => {
    const threads: TestThread[] = [];

    function open(): TestThread {
      const thread = openThread();
      threads.push(thread);
      return thread;
    }

    afterEach(() => {
      for (const thread of threads.splice(0)) {
        thread.terminate();
      }
    });

    test("every kind comes home equal, and in order", async () => {
      const { port } = open();
      const sent: readonly Packet[] = [
        RawPacket.copy(new Uint8Array([1, 2, 3]), { timeUs: 2 ** 40, flags: 4 }),
        new FlagPacket(8, { timeUs: 5 }),
        new PlainEncodedVideo({
          codec: "av1",
          data: new Uint8Array(5000).fill(9),
          isKey: true,
          timeUs: 7,
          durationUs: 33,
        }),
        new PlainEncodedVideo({
          codec: "h264",
          data: new Uint8Array([0, 0, 0, 1, 0x65]),
          parameterSets: new Uint8Array([0, 0, 0, 1, 0x67]),
          isKey: true,
          timeUs: 7,
        }),
        new PlainEncodedAudio({ codec: "pcma", data: new Uint8Array(160), timeUs: 8, durationUs: 20_000 }),
        new PlainVideoFrame({
          width: 4,
          height: 2,
          format: "i420",
          planes: [new Uint8Array(8).fill(1), new Uint8Array(2).fill(2), new Uint8Array([3, 4])],
          strides: [4, 2, 2],
          timeUs: 9,
        }),
        new PlainAudioFrame({
          sampleRateHz: 48_000,
          channels: 2,
          sampleCount: 3,
          format: "s16",
          planes: [new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])],
          timeUs: -1,
        }),
        box("größer", 0.1, 3),
      ];
      const got: Packet[] = [];
      const stream = new PacketStream<Packet>({ name: "s", clock: port.clock })
        .hop(port, echo, { wire: option })
        .to((packet) => void got.push(packet));
      await stream.start();
      for (const packet of sent) {
        stream.write(packet);
      }
      await until(() => got.length === sent.length);
      expect(got.map(plain)).toEqual(sent.map(plain));
      expect(stream.report().nodes.find(({ type }) => type === "hop")).toMatchObject({ drops: {}, hop: { wire } });
      await stream.close();
    });

    test("3000 packets of all sizes through a ring of 16 KiB: each arrives once, in order, with its bytes", async () => {
      const { port } = open();
      let next = 0;
      const stream = new PacketStream<RawPacket>({ name: "s", clock: port.clock })
        .hop(port, narrow, { wire: option })
        .to(({ data, timeUs }) => {
          expect([timeUs, data.byteLength]).toEqual([next, sizeOf(next)]);
          expect(data.every((byte) => byte === (timeUs & 0xff))).toBe(true);
          next++;
        });
      await stream.start();
      for (let i = 0; i < 3000; i++) {
        stream.write(RawPacket.borrow(new Uint8Array(sizeOf(i)).fill(i), { timeUs: i }));
        if (i % 100 === 99) {
          await until(() => next > i - 900);
        }
      }
      await stream.stop();
      expect(next).toBe(3000);
      await stream.close();
    });

    test("stop() brings home what the thread holds; the stream starts again; close() lets go of the thread", async () => {
      const { port } = open();
      const got: string[] = [];
      const stream = new PacketStream<RawPacket>({ name: "s", clock: port.clock })
        .hop(port, moody, { wire: option })
        .to((packet) => void got.push(textOf(packet)));
      for (const round of ["one", "two"]) {
        await stream.start();
        stream.write(raw(round));
        await stream.stop();
      }
      expect(got).toEqual(["one", "two"]);
      await stream.close();
      expect(await stream.closed).toBeNull();
    });

    test("an error in the thread's half is an error here, with code and message", async () => {
      const { port } = open();
      const stream = new PacketStream<RawPacket>({ name: "s", clock: port.clock })
        .hop(port, moody, { wire: option })
        .to(() => {});
      await stream.start();
      stream.write(raw("throw"));
      expect(await stream.closed).toMatchObject({ code: "hop/failed", message: "RangeError: as I was told" });
    });

    test("an exception that nobody catches in the thread is its end", async () => {
      const { port } = open();
      const stream = new PacketStream<RawPacket>({ name: "s", clock: port.clock })
        .hop(port, moody, { wire: option })
        .to(() => {});
      await stream.start();
      stream.write(raw("crash"));
      const error = (await stream.closed) as FloeError;
      expect(error.code).toBe("hop/worker-ended");
      expect(error.message).toContain("nobody catches this");
    });

    test("a thread that is terminated fails its branch alone, and nothing hangs", async () => {
      const thread = open();
      const { port } = thread;
      const got: string[] = [];
      const seen: string[] = [];
      const stream = new PacketStream<RawPacket>({ name: "s", clock: port.clock });
      const branch = stream.branch("detect");
      branch.hop(port, narrow, { wire: option }).to((packet) => void seen.push(textOf(packet)));
      stream.to((packet) => void got.push(textOf(packet)));
      await stream.start();
      stream.write(raw("a"));
      await until(() => seen.length === 1);
      thread.terminate();
      expect(await branch.closed).toMatchObject({ code: "hop/worker-ended" });
      stream.write(raw("b"));
      expect([stream.state, got, seen]).toEqual(["active", ["a", "b"], ["a"]]);
      await stream.close();
      expect(await stream.closed).toBeNull();
    });
  });
}

/** 0..2900 bytes, in no simple order. */
function sizeOf(index: number): number {
  return (index * 7919) % 2900;
}

/** A packet's fields, its methods apart. */
function plain(packet: Packet): unknown {
  const { clone, release, ownsData, kind, byteLength, ...fields } = { ownsData: false, ...packet };
  return { ...fields, kind: kind.name, byteLength };
}
