import { describe, expect, test } from "vitest";
import { isoTime } from "../../../src/core/diagnosis/iso-time.js";
import type { LogLevel } from "../../../src/core/diagnosis/log-line.js";
import type { LoggerOptions } from "../../../src/core/diagnosis/log-output.js";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { FloeError } from "../../../src/core/error/floe-error.js";

const START_US = 1_795_251_600_123_000;

function open(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const levels: LogLevel[] = [];
  const time = { wallUs: START_US };
  const logger = new Logger({
    wallUs: () => time.wallUs,
    sink: (line, level) => {
      lines.push(line);
      levels.push(level);
    },
    ...options,
  });
  return { logger, lines, levels, time };
}

describe("levels", () => {
  test("lines below the level are not written, and their functions are never called", () => {
    const { logger, lines, levels } = open({ level: "warn" });
    const never = () => {
      throw new Error("called");
    };
    logger.trace(never, never);
    logger.debug(never, never);
    logger.info(never, never);
    logger.warn("kept");
    logger.error(
      () => "made",
      () => ({ count: 2 }),
    );
    expect(levels).toEqual(["warn", "error"]);
    expect(lines[1]).toContain("made count=2");
    expect(logger.isEnabled("info")).toBe(false);
    expect(logger.isEnabled("warn")).toBe(true);
  });

  test("a silent logger is on for no level", () => {
    expect(Logger.silent().child("room").isEnabled("error")).toBe(false);
  });
});

describe("text lines", () => {
  test("hold time, level, room, message and fields", () => {
    const { logger, lines } = open();
    logger.child("symple").child("server", { peer: "a|1" }).info("peer joined", { name: "two words", n: 1, ok: true });
    expect(lines).toEqual([
      '2026-11-21T09:00:00.123Z info  symple/server: peer joined peer=a|1 name="two words" n=1 ok=true',
    ]);
  });

  test("stay one line and cannot move the cursor, whatever a peer puts into them", () => {
    const { logger, lines } = open();
    logger.info("hello\nworld\u001b[2J\u202e", { name: "a\r\nb" });
    expect([...lines[0]].filter((character) => character < " " || character === "\u202e")).toEqual([]);
    expect(lines[0]).toContain("hello\\nworld\\u001b[2J\\u202e");
  });

  test("are coloured on demand only", () => {
    const { logger, lines } = open({ color: true });
    logger.warn("x");
    expect(lines[0]).toContain("\u001b[33mwarn \u001b[0m");
  });
});

describe("JSON lines", () => {
  test("are one object each, and a field never hides time, level, room or message", () => {
    const { logger, lines } = open({ format: "json" });
    logger.child("rtp").warn("late", { level: 3, message: "mine", list: [1, undefined, "a"] });
    expect(JSON.parse(lines[0])).toEqual({
      time: "2026-11-21T09:00:00.123Z",
      level: "warn",
      room: "rtp",
      message: "late",
      _level: 3,
      _message: "mine",
      list: [1, null, "a"],
    });
  });

  test("say anything without throwing", () => {
    const { logger, lines } = open({ format: "json" });
    const circle: { self?: unknown } = {};
    circle.self = circle;
    logger.info("odd", {
      circle,
      big: 2n ** 70n,
      not: Number.NaN,
      bytes: new Uint8Array(12),
      none: undefined,
      nothing: null,
      symbol: Symbol("s"),
      run: function work() {},
      map: new Map([[1, 2]]),
      many: Array.from({ length: 100 }, (_, i) => i),
    });
    const line = JSON.parse(lines[0]);
    expect(line).toMatchObject({ big: "1180591620717411303424", not: "NaN", bytes: "12 bytes", nothing: null });
    expect(line).toMatchObject({ symbol: "Symbol(s)", run: "function work", map: "1 entries" });
    expect(line).not.toHaveProperty("none");
    expect(line.many).toHaveLength(33);
  });
});

describe("secrets", () => {
  test("never reach a line: not from messages, fields, nested values, errors or names", () => {
    for (const format of ["text", "json"] as const) {
      const { logger, lines } = open({ format, level: "trace" });
      const error = new FloeError("source/unreadable", "cannot read rtsp://u:hunter2@cam/1", {
        cause: new Error("GET http://h/?token=hunter2"),
      });
      logger.child("source", { url: "rtsp://u:hunter2@cam/1" }).error("open rtsp://u:hunter2@cam/1", {
        error,
        token: "hunter2",
        headers: { authorization: "hunter2", "x-floe-token": "hunter2" },
        deep: [{ url: "http://h/?access_token=hunter2" }],
        secret: new Secret("hunter2"),
        config: { auth: { token: new Secret("hunter2") } },
      });
      expect(lines[0]).not.toContain("hunter2");
      expect(lines[0]).toContain("***");
    }
  });

  test("do not survive at the edge where long text is cut", () => {
    const { logger, lines } = open();
    for (const edge of [4096, 8192]) {
      for (let pad = edge - 40; pad < edge + 10; pad++) {
        logger.info(`${"x".repeat(pad)} rtsp://user:hunter2secret@cam/1`);
        // What is masked in front pulls the edge into view.
        logger.info(`?token=${"x".repeat(pad - 7)} rtsp://user:hunter2secret@cam/1`);
      }
    }
    logger.info("hunter2".repeat(2000));
    expect(lines.slice(0, -1).join("\n")).not.toContain("hunter2");
    expect(lines.at(-1)).toContain("… (14000 characters)");
  });
});

describe("errors", () => {
  test("print as code, what and fix; their stack is for debug", () => {
    const error = new FloeError("source/not-found", "no file clip.mp4", { fix: "Check the path." });
    const info = open({ format: "json" });
    info.logger.error("failed", { error });
    expect(JSON.parse(info.lines[0]).error).toBe("source/not-found: no file clip.mp4. Check the path.");
    const debug = open({ format: "json", level: "debug" });
    debug.logger.error("failed", { error });
    expect(JSON.parse(debug.lines[0]).error.stack).toContain("logger.test");
  });

  test("of the sink, of a lazy function or of a getter do not reach the caller", () => {
    const { logger } = open({
      sink: () => {
        throw new Error("disk full");
      },
    });
    logger.info("x");
    const { logger: other, lines } = open();
    other.info(() => {
      throw new Error("no message");
    });
    other.info("y", {
      get bad(): string {
        throw new Error("no field");
      },
    });
    other.info("z");
    expect(lines.at(-1)).toContain("z");
  });
});

describe("limited", () => {
  test("writes the first at once, counts a second's worth, and says how many were left out", () => {
    const { logger, lines, time } = open({ format: "json" });
    const limited = logger.child("rtp").limited("rtp/short");
    for (let i = 0; i < 500; i++) {
      limited.warn("bad packet", { i });
      time.wallUs += 1000;
    }
    expect(lines).toHaveLength(1);
    expect(limited.suppressed).toBe(499);
    time.wallUs += 500_000;
    limited.warn("bad packet", () => ({ i: 500 }));
    expect(JSON.parse(lines[1])).toMatchObject({ i: 500, suppressed: 499, room: "rtp" });
    time.wallUs += 1_000_000;
    limited.warn("bad packet");
    expect(JSON.parse(lines[2])).not.toHaveProperty("suppressed");
  });

  test("keeps keys and rooms apart, and the same key is the same log", () => {
    const { logger, lines } = open();
    logger.limited("a").warn("1");
    logger.limited("b").warn("2");
    logger.child("x").limited("a").warn("3");
    logger.limited("a").warn("4");
    expect(lines).toHaveLength(3);
    expect(logger.limited("a")).toBe(logger.limited("a"));
  });

  test("holds a bounded number of keys, however many a peer makes up", () => {
    const { logger, lines } = open();
    for (let i = 0; i < 10_000; i++) {
      logger.limited(`key ${i}`).warn("bad");
    }
    expect(lines.length).toBeLessThan(200);
    expect(logger.limited("key 9998")).toBe(logger.limited("key 9999"));
    expect(logger.limited("key 0")).not.toBe(logger.limited("key 9999"));
  });

  test("goes on when wall time is set back", () => {
    const { logger, lines, time } = open();
    logger.limited("a").warn("1");
    time.wallUs -= 3_600_000_000;
    logger.limited("a").warn("2");
    expect(lines).toHaveLength(2);
  });

  test("neither writes nor counts at a level that is off", () => {
    const { logger, lines } = open({ level: "warn" });
    logger.limited("a").debug("1");
    logger.limited("a").debug("2");
    expect(logger.limited("a").suppressed).toBe(0);
    logger.limited("a").warn("3");
    expect(lines).toHaveLength(1);
  });
});

test("isoTime agrees with the calendar, leap days and centuries included", () => {
  for (const text of [
    "1970-01-01T00:00:00.000Z",
    "2000-02-29T23:59:59.999Z",
    "2024-02-29T12:00:00.001Z",
    "2100-03-01T00:00:00.000Z",
  ]) {
    expect(isoTime(Date.parse(text) * 1000)).toBe(text);
  }
  for (let day = 0; day < 80_000; day += 7) {
    const wallMs = day * 86_400_000 + day;
    expect(isoTime(wallMs * 1000 + 999)).toBe(new Date(wallMs).toISOString());
  }
});
