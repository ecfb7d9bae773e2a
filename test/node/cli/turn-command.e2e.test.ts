// `floe turn` as a process of its own: what clients, a supervisor and a program that reads its events see of it.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { formatTransportAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { ephemeralCredentials } from "../../../src/core/turn/server/credentials.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../../setup/test-certificate.js";
import { LiveClient } from "../turn/live-client.js";

const launcher = fileURLToPath(new URL("../../../dist/node/cli/floe.cjs", import.meta.url));
const children: ChildProcessWithoutNullStreams[] = [];
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-turn-"));
  await writeFile(join(folder, "chain.pem"), TEST_CERTIFICATE);
  await writeFile(join(folder, "key.pem"), TEST_KEY);
  await writeFile(join(folder, "not.pem"), "this is no certificate\n");
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
});

function launch(
  argv: readonly string[],
  env: { readonly [name: string]: string },
  nodeArgv: readonly string[] = [],
): ChildProcessWithoutNullStreams {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLOE_")));
  const child = spawn(process.execPath, [...nodeArgv, launcher, "turn", ...argv], {
    cwd: folder,
    env: { ...inherited, ...env },
  });
  children.push(child);
  return child;
}

type Running = {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: Interface;
  readonly port: number;
  readonly tlsPort: number;
};

/** Starts it on free ports of this machine. */
async function start(env: { readonly [name: string]: string }, nodeArgv: readonly string[] = []): Promise<Running> {
  const child = launch(["--json", "--host", "127.0.0.1", "--port", "0"], env, nodeArgv);
  child.stderr.resume();
  const lines = createInterface(child.stdout);
  const [line] = (await once(lines, "line")) as [string];
  const { event, port, tlsPort = 0 } = JSON.parse(line) as { event: string; port: number; tlsPort?: number };
  expect(event).toBe("listening");
  return { child, lines, port, tlsPort };
}

async function stop({ child }: Running): Promise<number> {
  const closed = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await closed) as [number];
  return code;
}

async function client(...args: Parameters<typeof LiveClient.open>): Promise<LiveClient> {
  const opened = await LiveClient.open(...args);
  onTestFinished(() => opened.close());
  return opened;
}

/** The address that a server sees us at, by a bare Binding request. */
async function reflexive(via: "udp" | "tcp" | "tls", port: number): Promise<{ seen: string; local: string }> {
  const asking = await client(via, port);
  const answer = await asking.exchange(asking.write(StunMethod.binding, () => {}, { sign: false }));
  const seen = answer.xorAddress(StunAttribute.xorMappedAddress);
  return {
    seen: seen === undefined ? "" : formatTransportAddress(seen),
    local: formatTransportAddress(asking.local),
  };
}

describe("a relay as a process", () => {
  test("answers Binding by UDP, TCP and TLS, relays for secret and user, tells it, and SIGTERM ends it with 0", async () => {
    const running = await start({
      FLOE_TURN_SECRET: "hunter2",
      FLOE_TURN_USERS: "ada:lovelace",
      FLOE_TURN_TLS_CERT: "chain.pem",
      FLOE_TURN_TLS_KEY: "key.pem",
      FLOE_TURN_TLS_PORT: "0",
    });
    const events: { event: string; user?: string }[] = [];
    running.lines.on("line", (line) => events.push(JSON.parse(line)));
    for (const [via, port] of [
      ["udp", running.port],
      ["tcp", running.port],
      ["tls", running.tlsPort],
    ] as const) {
      const { seen, local } = await reflexive(via, port);
      expect(seen).toBe(local);
    }
    const { username, credential } = ephemeralCredentials(new Secret("hunter2"), {
      expiresUs: (Date.now() + 60_000) * 1000,
      user: "bob",
    });
    const bob = await client("tls", running.tlsPort, { user: username, password: credential });
    const ada = await client("udp", running.port, { user: "ada", password: "lovelace" });
    for (const each of [bob, ada]) {
      expect((await each.allocate()).port).toBeGreaterThanOrEqual(49_152);
    }
    const stranger = await client("udp", running.port, { user: "ada", password: "byron" });
    await expect(stranger.allocate()).rejects.toThrow("401");
    const closed = once(running.lines, "close");
    expect(await stop(running)).toBe(0);
    await closed;
    await bob.closed;
    expect(events.map(({ event }) => event)).toEqual([
      "turn-allocated",
      "turn-allocated",
      "stopping",
      "turn-released",
      "turn-released",
      "stopped",
    ]);
    expect(events.slice(0, 2).map(({ user }) => user)).toEqual(["bob", "ada"]);
  });

  test("two secrets are live while one is replaced", async () => {
    const running = await start({ FLOE_TURN_SECRET: "new", FLOE_TURN_PREVIOUS_SECRET: "old" });
    for (const secret of ["new", "old"]) {
      const expiresUs = (Date.now() + 60_000) * 1000;
      const { username, credential } = ephemeralCredentials(new Secret(secret), { expiresUs });
      const each = await client("udp", running.port, { user: username, password: credential });
      expect((await each.allocate()).port).toBeGreaterThan(0);
    }
    expect(await stop(running)).toBe(0);
  });

  test("loads no media package, natively or otherwise", async () => {
    await writeFile(
      join(folder, "spy.cjs"),
      `process.on("exit", () => {
        process.report.excludeNetwork = true;
        require("node:fs").writeFileSync("loaded.txt", process.report.getReport().sharedObjects.join("\\n"));
      });`,
    );
    const running = await start({ FLOE_TURN_SECRET: "hunter2" }, ["--require", "./spy.cjs"]);
    const each = await client("udp", running.port);
    await expect(each.allocate()).rejects.toThrow("401");
    expect(await stop(running)).toBe(0);
    const loaded = await readFile(join(folder, "loaded.txt"), "utf8");
    expect(loaded).toContain("libc");
    expect(loaded).not.toMatch(/node-av|datachannel|ffmpeg|libav/i);
  });

  test("says in words where it listens, what it relays and who gets in", async () => {
    const child = launch(["--host", "127.0.0.1", "--port", "0"], { FLOE_TURN_SECRET: "hunter2" });
    let text = "";
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.includes("Ctrl-C")) {
        break;
      }
    }
    expect(text).toMatch(
      / {2}listens {2}127\.0\.0\.1:\d+ \(UDP, TCP\)\n {2}relays {3}from 127\.0\.0\.1, ports 49152 to 65535\n/,
    );
    expect(text).toMatch(/ {2}peers {4}public addresses only\n {2}access {3}time-limited credentials\n/);
    expect(text).not.toContain("hunter2");
  });
});

describe("what cannot run is one line and the right exit code", () => {
  async function runToEnd(argv: readonly string[], env: { readonly [name: string]: string }) {
    const child = launch(argv, env);
    const texts = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      texts.stdout += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      texts.stderr += String(chunk);
    });
    const [code] = (await once(child, "close")) as [number];
    return { code, ...texts };
  }

  const secret = { FLOE_TURN_SECRET: "hunter2" };

  test.each([
    [3, "config/turn-no-credentials", [], {}],
    [3, "config/turn-tls", [], { ...secret, FLOE_TURN_TLS_CERT: "chain.pem" }],
    [2, "usage/other-command", ["--source", "test"], secret],
    [2, "usage/bad-value", ["--port", "70000"], secret],
    [4, "turn/bad-certificate", [], { ...secret, FLOE_TURN_TLS_CERT: "no.pem", FLOE_TURN_TLS_KEY: "key.pem" }],
    [4, "turn/bad-certificate", [], { ...secret, FLOE_TURN_TLS_CERT: "not.pem", FLOE_TURN_TLS_KEY: "key.pem" }],
    [
      4,
      "turn/bad-certificate",
      ["--port", "0"],
      { ...secret, FLOE_TURN_TLS_CERT: "chain.pem", FLOE_TURN_TLS_KEY: "not.pem" },
    ],
    [4, "turn/no-such-address", ["--host", "203.0.113.77"], secret],
    [4, "turn/external-ip", ["--host", "127.0.0.1", "--turn-external-ip", "2001:db8::1"], secret],
  ] as const)("%i %s", async (code, prefix, argv, env) => {
    const result = await runToEnd(argv, env);
    expect(result.stderr).toMatch(/^[a-z]+\/[a-z-]+: [^\n]+\.\n$/);
    expect(result.stderr.startsWith(prefix)).toBe(true);
    expect(result.stderr).not.toContain("hunter2");
    expect(result.stdout).toBe("");
    expect(result.code).toBe(code);
  });

  test("a port that another program has is exit code 4, and names it and the flag", async () => {
    const busy = createSocket("udp4").bind({ port: 0, address: "127.0.0.1", exclusive: true });
    await once(busy, "listening");
    onTestFinished(() => void busy.close());
    const { port } = busy.address();
    const result = await runToEnd(["--host", "127.0.0.1", "--port", String(port)], secret);
    expect(result.code).toBe(4);
    expect(result.stderr).toMatch(new RegExp(`^turn/address-in-use: .*${port} .*--turn-port`));
  });
});
