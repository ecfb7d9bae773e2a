// examples/turn-relay.ts as a process of its own: its credentials allocate, it tells what they do, and throws a user out.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveClient } from "../node/turn/live-client.js";
import { type ExampleFiles, exampleFiles } from "./example-files.js";

let files: ExampleFiles;

beforeAll(() => {
  files = exampleFiles(["turn-relay"]);
});

afterAll(() => files.remove());

type IceServers = readonly [
  { readonly urls: readonly string[] },
  { readonly urls: readonly string[]; readonly username: string; readonly credential: string },
];

test("examples/turn-relay relays for whom it gives credentials, throws a user out on SIGHUP, and ends with Ctrl-C", async () => {
  const child = spawn(process.execPath, [files.pathOf("turn-relay"), "0"], {
    env: { ...process.env, RELAY_SECRET: "hunter2", RELAY_ALLOW: "127.0.0.0/8,::1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines: string[] = [];
    const reader = createInterface(child.stdout);
    reader.on("line", (line) => lines.push(line));
    /** Resolves when a line is as wanted. */
    const told = async (wanted: RegExp): Promise<void> => {
      while (!lines.some((line) => wanted.test(line))) {
        await once(reader, "line");
      }
    };
    await told(/^\[/);
    expect(lines[0]).toMatch(/^Relaying from .+; open beyond the internet: 127\.0\.0\.0\/8,::1\/128$/);
    const [stun, turn] = JSON.parse(lines[1]) as IceServers;
    const port = Number(/^stun:127\.0\.0\.1:(\d+)$/.exec(stun.urls[0])?.[1]);
    expect(turn.urls).toEqual([`turn:127.0.0.1:${port}?transport=udp`, `turn:127.0.0.1:${port}?transport=tcp`]);
    const client = await LiveClient.open("tcp", port, { user: turn.username, password: turn.credential });
    expect((await client.allocate()).port).toBeGreaterThanOrEqual(49_152);
    await told(/^ada has a relay$/);
    child.kill("SIGHUP");
    await told(/^ada sent 0 and got 0 bytes \(ended\)$/);
    const closed = once(child, "exit");
    child.kill("SIGINT");
    expect(await closed).toEqual([0, null]);
    await client.close();
  } finally {
    child.kill("SIGKILL");
  }
});
