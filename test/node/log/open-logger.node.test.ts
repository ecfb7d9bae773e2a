import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { openLogger } from "../../../src/node/log/open-logger.js";
import { streamSink } from "../../../src/node/log/stream-sink.js";
import { useColor } from "../../../src/node/log/use-color.js";

describe("openLogger", () => {
  test("writes one stamped line a record", () => {
    const stream = new PassThrough();
    const before = Date.now();
    openLogger({ stream, format: "json" }).info("hello");
    const line = JSON.parse(String(stream.read()));
    expect(line).toMatchObject({ level: "info", message: "hello" });
    expect(Date.parse(line.time)).toBeGreaterThanOrEqual(before);
  });

  test("colours text on a terminal only, and never when NO_COLOR is set", () => {
    const line = (isTTY: boolean, env: { [name: string]: string }) => {
      const stream = Object.assign(new PassThrough(), { isTTY });
      openLogger({ stream, env }).info("x");
      return String(stream.read());
    };
    expect(line(true, {})).toContain("\u001b[");
    expect(line(true, { NO_COLOR: "1" })).not.toContain("\u001b[");
    expect(line(true, { NO_COLOR: "" })).toContain("\u001b[");
    expect(line(true, { TERM: "dumb" })).not.toContain("\u001b[");
    expect(line(false, {})).not.toContain("\u001b[");
    expect(useColor({}, {})).toBe(false);
  });
});

describe("streamSink", () => {
  test("drops and counts lines while the reader stands still", () => {
    const written: string[] = [];
    let finish: (() => void) | undefined;
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        finish = done;
      },
    });
    const sink = streamSink(stream);
    const line = "x".repeat(1 << 16);
    for (let i = 0; i < 100; i++) {
      sink(line, "info");
    }
    expect(stream.writableLength).toBeLessThan((1 << 20) + (1 << 17));
    while (stream.writableLength > 0) {
      finish?.();
    }
    sink("after", "info");
    while (stream.writableLength > 0) {
      finish?.();
    }
    expect(written.at(-1)).toBe("after\n");
    expect(written.at(-2)).toMatch(/^8\d log lines dropped/);
  });

  test("listens to a stream once, however many loggers write to it", () => {
    const stream = new PassThrough();
    for (let i = 0; i < 50; i++) {
      streamSink(stream);
    }
    expect(stream.listenerCount("error")).toBe(1);
  });

  test("goes quiet when the reader has gone away", async () => {
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      },
    });
    const sink = streamSink(stream);
    sink("one", "info");
    await new Promise((resolve) => stream.once("close", resolve));
    expect(() => sink("two", "info")).not.toThrow();
  });
});
