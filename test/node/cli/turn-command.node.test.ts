import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { FakeWorld, TURN_FACTS } from "./fake-world.js";

const env = { FLOE_TURN_SECRET: "hunter2" };

describe("a relay that starts", () => {
  test("is announced as the first line of JSON, its events follow, a signal ends it with 0", async () => {
    const world = new FakeWorld();
    const run = world.run(["turn", "--json"], { env });
    await world.listening();
    expect(world.events).toEqual([{ event: "listening", version: "1.2.3", ...JSON.parse(JSON.stringify(TURN_FACTS)) }]);
    world.relay.events.emit({ event: "turn-allocated", client: "192.0.2.1:5000", user: "ada", relayed: [] });
    world.process.emit("SIGTERM");
    expect(await run).toBe(0);
    expect(world.relay.closeCalls).toBe(1);
    expect(world.relay.events.size).toBe(0);
    expect(world.events.slice(1).map(({ event }) => event)).toEqual(["turn-allocated", "stopping", "stopped"]);
    expect([world.stderr, world.isLoaded]).toEqual(["", false]);
  });

  test("is announced in words to people: where it listens, what it relays, what is open, who gets in", async () => {
    const world = new FakeWorld();
    world.relay.facts = {
      ...TURN_FACTS,
      host: "0.0.0.0",
      tlsPort: 5349,
      externalIp: "203.0.113.5",
      relayAddresses: ["203.0.113.5"],
      openRanges: ["10.0.0.0/8"],
    };
    const run = world.run(["turn"], { env: { ...env, FLOE_TURN_USERS: "ada:x,bob:y" } });
    await world.listening();
    expect(world.stdout).toBe(
      [
        "floe turn 1.2.3",
        "  listens  203.0.113.5:3478 (UDP, TCP), 203.0.113.5:5349 (TLS)",
        "  relays   from 203.0.113.5, ports 49152 to 65535",
        "  peers    public addresses, and also 10.0.0.0/8",
        "  access   time-limited credentials, 2 users",
        "  realm    floe",
        "  config   defaults",
        "Press Ctrl-C to stop.\n",
      ].join("\n"),
    );
    world.process.emit("SIGINT");
    expect(await run).toBe(0);
    expect(world.stdout + world.stderr).not.toMatch(/hunter2|ada|bob/);
  });

  test("gets the configuration, a logger and a signal; warnings stand on stderr", async () => {
    const world = new FakeWorld();
    world.relay.facts = { ...TURN_FACTS, host: "0.0.0.0", relayAddresses: ["172.17.0.2"] };
    const run = world.run(["turn", "--port", "0"], { env: { ...env, FLOE_TURM_PORT: "1" } });
    await world.listening();
    const [config, options] = world.turnStarted ?? [];
    expect(config?.turn.port).toBe(0);
    expect(config?.turn.secret.reveal()).toBe("hunter2");
    expect(options?.signal.aborted).toBe(false);
    expect(world.stderr).toMatch(
      /config: unknown environment variable FLOE_TURM_PORT\. .* Did you mean FLOE_TURN_PORT\?/,
    );
    expect(world.stderr).toMatch(/network: the relay's addresses 172\.17\.0\.2 .* set turn\.externalIp/);
    world.process.emit("SIGINT");
    expect(await run).toBe(0);
  });
});

describe("a relay that does not start", () => {
  const error = new FloeError("turn/address-in-use", "UDP 0.0.0.0:3478 is in use", { fix: "Choose another port." });
  const loadTurn = () => Promise.resolve(() => Promise.reject(error));

  test("is one line and exit code 4", async () => {
    const world = new FakeWorld();
    expect(await world.run(["turn"], { env, loadTurn })).toBe(4);
    expect(world.stderr).toBe("turn/address-in-use: UDP 0.0.0.0:3478 is in use. Choose another port.\n");
    expect(world.stdout).toBe("");
  });

  test("in JSON is one object", async () => {
    const world = new FakeWorld();
    expect(await world.run(["turn", "--json"], { env, loadTurn })).toBe(4);
    expect(world.events).toMatchObject([{ event: "error", code: "turn/address-in-use" }]);
  });
});

test("a usage fault is told before the configuration is read", async () => {
  const world = new FakeWorld();
  expect(await world.run(["turn", "--port", "x"])).toBe(2);
  expect(world.stderr).toMatch(/^usage\/bad-value: flag '--port'/);
});
