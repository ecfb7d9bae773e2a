import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import type { StartServer } from "../../../src/node/cli/cli-io.js";
import type { ServerConfig } from "../../../src/node/server/config/server-config.js";
import { FakeWorld, TURN_FACTS } from "./fake-world.js";

const failing = (error: unknown) => ({ loadServer: () => Promise.resolve<StartServer>(() => Promise.reject(error)) });

describe("a server that starts", () => {
  test("is announced as the first line of JSON, its events follow, a signal ends it with 0", async () => {
    const world = new FakeWorld();
    const run = world.run(["--json", "--source", "test"]);
    await world.listening();
    expect(world.events).toEqual([
      {
        event: "listening",
        http: "http://127.0.0.1:4500/",
        source: "test",
        mode: "stream",
        version: "1.2.3",
        exposure: "only this machine can connect (127.0.0.1)",
        webrtc: { addresses: ["127.0.0.1"], externalIp: [], iceTcp: { available: false, reason: expect.any(String) } },
        turn: { enabled: true, running: true, localRelay: false, ...JSON.parse(JSON.stringify(TURN_FACTS)) },
      },
    ]);
    world.server.events.emit({ event: "listening", http: "twice" });
    world.server.events.emit({ event: "peer-joined", peer: "a|1", url: "http://x/?token=hunter2" });
    world.process.emit("SIGTERM");
    expect(await run).toBe(0);
    expect(world.server.closeCalls).toBe(1);
    expect(world.events.slice(1)).toEqual([
      { event: "peer-joined", peer: "a|1", url: "http://x/?token=***" },
      { event: "stopping", signal: "SIGTERM" },
      { event: "stopped" },
    ]);
    expect(world.stderr).toBe("");
  });

  test("is announced in words to people", async () => {
    const world = new FakeWorld();
    const run = world.run(["--source", "rtsp://u:hunter2@cam/1"]);
    await world.listening();
    expect(world.stdout).toBe(
      [
        "floe 1.2.3",
        "  page    http://127.0.0.1:4500/",
        "  source  rtsp://***@cam/1",
        "  mode    stream",
        "  config  defaults",
        "  access  only this machine can connect (127.0.0.1)",
        "  media   127.0.0.1, any UDP port",
        "  relay   127.0.0.1:3478 (UDP, TCP); relays from 127.0.0.1, ports 49152 to 65535, to the media of this server only",
        "Press Ctrl-C to stop.\n",
      ].join("\n"),
    );
    world.process.emit("SIGINT");
    expect(await run).toBe(0);
    expect(world.stdout).toContain("Stopping.");
  });

  test("that records says where recordings go and how they are written, and nothing of a source", async () => {
    const world = new FakeWorld();
    const run = world.run(["--mode", "record", "--record-dir", "takes"]);
    await world.listening();
    expect(world.stdout).toContain("\n  mode    record\n  folder  /home/ada/takes (mp4, as it comes)\n");
    expect(world.stdout).not.toContain("source");
    world.process.emit("SIGINT");
    await run;
    const other = new FakeWorld();
    const json = other.run(["--mode", "record", "--json"]);
    await other.listening();
    expect(other.events[0]).toMatchObject({ mode: "record", recordDir: "/home/ada/recordings" });
    expect(other.events[0]).not.toHaveProperty("source");
    other.process.emit("SIGINT");
    await json;
  });

  test("gets the configuration, a logger of its level, and a signal to stop by", async () => {
    const world = new FakeWorld();
    const run = world.run(["--port", "0", "--log-level", "warn"], { env: { FLOE_AUTH_TOKEN: "hunter2" } });
    await world.listening();
    const [config, options] = world.started ?? [];
    expect((config as ServerConfig).http.port).toBe(0);
    expect((config as ServerConfig).auth.token.reveal()).toBe("hunter2");
    expect(options?.logger.isEnabled("warn")).toBe(true);
    expect(options?.logger.isEnabled("info")).toBe(false);
    expect(options?.signal.aborted).toBe(false);
    expect(options?.configSources["http.port"]).toEqual({ kind: "flag", name: "--port" });
    expect(options?.configSources["media.video.fps"]).toEqual({ kind: "default" });
    world.process.emit("SIGINT");
    await run;
    expect(world.stdout + world.stderr).not.toContain("hunter2");
  });

  test("says on stderr what deserves a warning, exposure included", async () => {
    const world = new FakeWorld();
    const run = world.run(["--host", "0.0.0.0", "--insecure", "--json"], { readFile: () => '{"htpp":{}}' });
    await world.listening();
    expect(world.stderr).toMatch(/warn {2}config: unknown key 'htpp' in .* Did you mean 'http'\?\n/);
    expect(world.stderr).toMatch(
      /warn {2}config: listening on all addresses \(0\.0\.0\.0\): anyone who reaches one of them can watch/,
    );
    expect(world.events[0].exposure).toContain("no token is set");
    world.process.emit("SIGINT");
    expect(await run).toBe(0);
  });

  test("says on stderr what keeps viewers from the relay, unless the same keeps them from the media", async () => {
    const behindNat = { ...TURN_FACTS, host: "0.0.0.0", relayAddresses: ["172.17.0.2"] };
    const warningsOf = async (argv: readonly string[]): Promise<string> => {
      const world = new FakeWorld();
      world.server.turn = { kind: "running", ...behindNat };
      const run = world.run(argv);
      await world.listening();
      world.process.emit("SIGINT");
      await run;
      return world.stderr;
    };
    expect(await warningsOf([])).toMatch(
      /warn {2}network: the relay's addresses 172\.17\.0\.2 .* set turn\.externalIp/,
    );
    const twice = await warningsOf(["--external-ip", "203.0.113.5"]);
    expect(twice).toMatch(/warn {2}network: media is bound to 127\.0\.0\.1/);
    expect(twice).not.toContain("the relay's addresses");
  });

  test("a relay that is off or could not start is told in the line for it", async () => {
    const lineOf = async (turn: FakeWorld["server"]["turn"]): Promise<string | undefined> => {
      const world = new FakeWorld();
      world.server.turn = turn;
      const run = world.run([]);
      await world.listening();
      world.process.emit("SIGINT");
      await run;
      return world.stdout.split("\n").find((line) => line.startsWith("  relay"));
    };
    expect(await lineOf({ kind: "off" })).toBe("  relay   none (turn.enabled is off)");
    const error = new FloeError("turn/address-in-use", "UDP 127.0.0.1:3478 is in use", { fix: "Stop it." });
    expect(await lineOf({ kind: "refused", error })).toBe("  relay   none: UDP 127.0.0.1:3478 is in use");
  });

  test("leaves no listener of its own but those of the signals, which are heard until the process has ended", async () => {
    const world = new FakeWorld();
    const run = world.run([]);
    await world.listening();
    expect(world.process.eventNames()).toHaveLength(4);
    world.process.emit("SIGINT");
    await run;
    expect(world.process.eventNames()).toEqual(["SIGINT", "SIGTERM"]);
    world.nowMs = 999;
    expect(world.process.emit("SIGINT")).toBe(true);
    expect(world.exits).toEqual([]);
    expect(world.server.events.size).toBe(0);
  });
});

describe("stopping", () => {
  test("signals within a second of the first are its echo; one after that ends the process at once", async () => {
    const world = new FakeWorld();
    let finish = (): void => {};
    world.server.closing = new Promise((resolve) => {
      finish = resolve;
    });
    const run = world.run([]);
    await world.listening();
    world.process.emit("SIGINT");
    world.process.emit("SIGINT");
    world.nowMs = 999;
    world.process.emit("SIGTERM");
    expect(world.exits).toEqual([]);
    world.nowMs = 1000;
    world.process.emit("SIGTERM");
    expect(world.exits).toEqual([1]);
    finish();
    await run;
  });

  test("a server that does not close in time is told, and the command ends with 1", async () => {
    const world = new FakeWorld();
    world.server.closing = new Promise(() => {});
    const run = world.run([], { drainMs: 1 });
    await world.listening();
    world.process.emit("SIGINT");
    expect(await run).toBe(1);
    expect(world.stderr).toBe("runtime/slow-close: the server did not close within 1 ms. It was ended.\n");
  });

  test("a signal while the server starts ends the command with 0", async () => {
    const world = new FakeWorld();
    const run = world.run([], {
      loadServer: () =>
        Promise.resolve((_config, { signal }) => {
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
            world.process.emit("SIGINT");
          });
        }),
    });
    expect(await run).toBe(0);
    expect(world.stderr).toBe("");
  });

  test("a signal that a starting server does not heed is heeded as soon as it runs", async () => {
    const world = new FakeWorld();
    const run = world.run([], {
      loadServer: () =>
        Promise.resolve(() => {
          world.process.emit("SIGINT");
          return Promise.resolve(world.server);
        }),
    });
    expect(await run).toBe(0);
    expect(world.server.closeCalls).toBe(1);
  });
});

describe("a server that does not start", () => {
  test("is one line and exit code 4, without a stack", async () => {
    const world = new FakeWorld();
    const error = new FloeError("source/not-found", "there is no file /a.mp4", { fix: "Check the path." });
    expect(await world.run([], failing(error))).toBe(4);
    expect(world.stderr).toBe("source/not-found: there is no file /a.mp4. Check the path.\n");
    expect(world.stdout).toBe("");
  });

  test("is that line alone: what would deserve a warning is not worth one then", async () => {
    const world = new FakeWorld();
    const error = new FloeError("http/listen-failed", "cannot listen on 256.1.1.1", { fix: "Choose another address." });
    const wide = ["--host", "256.1.1.1", "--insecure"];
    expect(await world.run(wide, { ...failing(error), env: { FLOE_PROT: "1" } })).toBe(4);
    expect(world.stderr).toBe("http/listen-failed: cannot listen on 256.1.1.1. Choose another address.\n");
    expect(world.stdout).toBe("");
  });

  test("in JSON is one object", async () => {
    const world = new FakeWorld();
    const error = new FloeError("http/busy", "port 4500 is taken", { fix: "Choose another with --port." });
    expect(await world.run(["--json"], failing(error))).toBe(4);
    expect(world.events).toEqual([
      { event: "error", code: "http/busy", message: "port 4500 is taken", fix: "Choose another with --port." },
    ]);
  });

  test("for a defect of ours is still one line; its stack is for debug", async () => {
    const world = new FakeWorld();
    expect(await world.run([], failing(new TypeError("x is undefined")))).toBe(1);
    expect(world.stderr).toMatch(/^runtime\/internal: x is undefined\. .*\n$/);
    const debug = new FakeWorld();
    await debug.run(["--log-level", "debug"], failing(new TypeError("x is undefined")));
    expect(debug.stderr).toContain("serve-command.node.test");
  });

  test("because its code does not load is told as well", async () => {
    const world = new FakeWorld();
    expect(await world.run([], { loadServer: () => Promise.reject(new Error("Cannot find module")) })).toBe(1);
    expect(world.stderr).toContain("runtime/internal: Cannot find module.");
  });
});

describe("life goes on", () => {
  test("when a handler throws and nobody catches it: it is logged, at most once a second", async () => {
    const world = new FakeWorld();
    const run = world.run([]);
    await world.listening();
    for (let i = 0; i < 100; i++) {
      world.process.emit("uncaughtException", new Error("handler"));
    }
    world.process.emit("unhandledRejection", new Error("promise"));
    expect(world.stderr.match(/a fault was not handled/g)).toHaveLength(2);
    world.process.emit("SIGINT");
    expect(await run).toBe(0);
  });

  test("when the reader of stdout has gone away", async () => {
    const world = new FakeWorld();
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      },
    });
    stdout.on("error", () => {});
    const run = world.run(["--json"], { stdout });
    await new Promise((resolve) => stdout.once("close", resolve));
    world.server.events.emit({ event: "peer-joined" });
    world.process.emit("SIGINT");
    expect(await run).toBe(0);
  });
});
