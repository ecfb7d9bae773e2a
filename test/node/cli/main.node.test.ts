import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { asFloeError, exitCodeOf } from "../../../src/node/cli/exit-code.js";
import { FakeWorld } from "./fake-world.js";

const oneLine = /^[a-z]+\/[a-z-]+: [^\n]+[.?]\n$/;

describe("usage errors exit with 2, in one line", () => {
  test.each([
    [["--frobnicate"], "usage/unknown-flag"],
    [["serve", "--prot", "1"], "Did you mean --port?"],
    [["--port", "abc"], "It must be a whole number from 0 to 65535."],
    [["--port", "-1"], "flag '--port' has the bad value -1. It must be a whole number from 0 to 65535."],
    [["--host"], "flag '--host' requires a value"],
    [["--mode", "relay"], "not built yet"],
    [["--tls-cert", "x"], "usage/not-built: flag '--tls-cert' is not built yet."],
    [["turn", "--source", "test"], "usage/other-command: flag '--source' is not for floe turn."],
    [["trun"], "usage/unknown-command: the command 'trun' is unknown. Did you mean turn?"],
    [["doctor"], "usage/not-built"],
    [["serv"], "usage/unknown-command: the command 'serv' is unknown. Did you mean serve?"],
    [["clip.mp4"], "To play it, write floe --source clip.mp4."],
    [["help", "doctor"], "usage/not-built"],
    [["bench"], "usage/no-checkout"],
    [["bench", "stream"], "usage/no-checkout"],
  ])("%j", async (argv, part) => {
    const world = new FakeWorld();
    expect(await world.run(argv)).toBe(2);
    expect(world.stderr).toMatch(oneLine);
    expect(world.stderr).toContain(part);
    expect(world.stdout).toBe("");
    expect(world.isLoaded).toBe(false);
  });

  test("control characters in an argument do not reach the terminal", async () => {
    const world = new FakeWorld();
    await world.run(["--x\u001b[2J\nfake: line"]);
    expect(world.stderr).toMatch(oneLine);
    expect(world.stderr).not.toContain("\u001b");
  });
});

describe("configuration errors exit with 3", () => {
  test.each([
    [["--config", "no.json"], "config/not-found"],
    [["--host", "0.0.0.0"], "config/insecure"],
    [["turn"], "config/turn-no-credentials"],
  ])("%j", async (argv, part) => {
    const world = new FakeWorld();
    expect(await world.run(argv)).toBe(3);
    expect(world.stderr).toMatch(oneLine);
    expect(world.stderr).toContain(part);
  });

  test("invalid JSON and a bad variable", async () => {
    const world = new FakeWorld();
    expect(await world.run([], { readFile: () => "{" })).toBe(3);
    expect(world.stderr).toContain("config/invalid-json: /home/ada/config.json is not valid JSON, line 1, column 2");
    expect(await world.run([], { env: { FLOE_PORT: "x" } })).toBe(3);
  });
});

describe("--json", () => {
  test("errors are one object on stdout, and stderr stays empty", async () => {
    const world = new FakeWorld();
    expect(await world.run(["--json", "--port", "x"])).toBe(2);
    expect(world.events).toEqual([
      {
        event: "error",
        code: "usage/bad-value",
        message: `flag '--port' has the bad value "x"`,
        fix: "It must be a whole number from 0 to 65535.",
      },
    ]);
    expect(world.stderr).toBe("");
  });

  test("answers are objects too", async () => {
    const world = new FakeWorld();
    expect(await world.run(["version", "--json"])).toBe(0);
    expect(await world.run(["--help", "--json"])).toBe(0);
    expect(world.events).toMatchObject([{ event: "version", version: "1.2.3" }, { event: "help" }]);
  });
});

describe("answers", () => {
  test("help and version need no server and no settings", async () => {
    for (const argv of [["--help"], ["-h"], ["help"], ["help", "serve"], ["serve", "--help", "--port", "1"]]) {
      const world = new FakeWorld();
      expect(await world.run(argv, { env: { FLOE_PORT: "nonsense" } })).toBe(0);
      expect(world.stdout).toContain("Usage:\n  floe [serve] [FLAGS]");
      expect(world.isLoaded).toBe(false);
    }
    for (const argv of [["--version"], ["version"], ["serve", "--version"]]) {
      const world = new FakeWorld();
      expect(await world.run(argv)).toBe(0);
      expect(world.stdout).toBe("floe 1.2.3\n");
    }
  });

  test("help of turn", async () => {
    for (const argv of [
      ["help", "turn"],
      ["turn", "--help"],
    ]) {
      const world = new FakeWorld();
      expect(await world.run(argv)).toBe(0);
      expect(world.stdout).toContain("floe turn [FLAGS]");
      expect(world.turnStarted).toBeUndefined();
    }
  });

  test("help of bench", async () => {
    for (const argv of [
      ["help", "bench"],
      ["bench", "--help"],
    ]) {
      const world = new FakeWorld();
      expect(await world.run(argv)).toBe(0);
      expect(world.stdout).toContain("floe bench NAME");
    }
  });
});

test("bench hands its arguments to the checkout's runner and exits with its code", async () => {
  const packageRoot = await mkdtemp(join(tmpdir(), "floe-checkout-"));
  const runner = join(packageRoot, "test/bench/run.mjs");
  await mkdir(dirname(runner), { recursive: true });
  await writeFile(runner, "");
  const world = new FakeWorld();
  expect(await world.run(["bench", "stream", "--json", "out.json", "--check"], { packageRoot })).toBe(7);
  expect(world.scripts).toEqual([{ path: runner, argv: ["stream", "--json", "out.json", "--check"] }]);
  await rm(packageRoot, { recursive: true });
});

describe("exit codes", () => {
  const busy = Object.assign(new Error("listen EADDRINUSE: address already in use 127.0.0.1:4500"), {
    code: "EADDRINUSE",
    syscall: "listen",
  });

  test("follow the error's room and when it came", () => {
    expect(exitCodeOf(new FloeError("usage/x", ""), "starting")).toBe(2);
    expect(exitCodeOf(new FloeError("config/x", ""), "starting")).toBe(3);
    expect(exitCodeOf(new FloeError("source/not-found", ""), "starting")).toBe(4);
    expect(exitCodeOf(busy, "starting")).toBe(4);
    expect(exitCodeOf(new TypeError("x"), "starting")).toBe(1);
    expect(exitCodeOf(new FloeError("source/ended", ""), "other")).toBe(1);
    expect(exitCodeOf("thrown text", "other")).toBe(1);
  });

  test("every thrown value becomes an error with a code", () => {
    expect(asFloeError(busy).code).toBe("system/eaddrinuse");
    expect(String(asFloeError(new TypeError("x is undefined")))).toMatch(
      /^runtime\/internal: x is undefined\. This is a defect/,
    );
    expect(asFloeError("text").message).toBe("text");
    expect(asFloeError(undefined).code).toBe("runtime/internal");
  });
});
