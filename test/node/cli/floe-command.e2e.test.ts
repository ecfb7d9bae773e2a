// The built command as a process of its own: what a shell, a supervisor and a pipe see of it.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../../dist/node/cli/floe.cjs", import.meta.url));
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "floe-command-"));
  await writeFile(join(folder, "notes.mp4"), "this is a text, whatever its name says\n".repeat(100));
  await writeFile(join(folder, "broken.json"), '{ "http": { "port": 1, } }');
});

afterAll(() => rm(folder, { recursive: true }));

function launch(argv: readonly string[]): ChildProcessWithoutNullStreams {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLOE_")));
  return spawn(process.execPath, [launcher, ...argv], { cwd: folder, env });
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += String(chunk);
  }
  return text;
}

async function runToEnd(argv: readonly string[]) {
  const child = launch(argv);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, "close"),
    textOf(child.stdout),
    textOf(child.stderr),
  ]);
  return { code: code as number, stdout, stderr };
}

/** Starts a server on a free port; answers its first line. */
async function serve(argv: readonly string[] = []) {
  const child = launch(["--json", "--port", "0", ...argv]);
  child.stderr.resume();
  const lines = createInterface(child.stdout);
  const [line] = (await once(lines, "line")) as [string];
  return { child, lines, listening: JSON.parse(line) as { readonly [field: string]: string } };
}

async function stop(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals) {
  const startedMs = Date.now();
  const closed = once(child, "exit");
  child.kill(signal);
  const [code] = await closed;
  return { code: code as number, tookMs: Date.now() - startedMs };
}

/** The lines of a stream up to the first that is as wanted. */
async function linesUntil(stream: NodeJS.ReadableStream, isWanted: (line: string) => boolean): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface(stream)) {
    lines.push(line);
    if (isWanted(line)) {
      break;
    }
  }
  return lines;
}

describe("a running server", () => {
  test.each([
    "SIGINT",
    "SIGTERM",
  ] as const)("says where it listens, answers there, and %s ends it with 0", async (signal) => {
    const { child, listening } = await serve();
    expect(listening).toMatchObject({ event: "listening", source: "test", mode: "stream" });
    expect(listening.http).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await fetch(new URL("/api/health", listening.http))).status).toBe(200);
    const { code, tookMs } = await stop(child, signal);
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5000);
  });

  test("lives on when nobody reads its stdout any more", async () => {
    const { child, lines, listening } = await serve();
    lines.close();
    child.stdout.destroy();
    expect((await fetch(new URL("/api/health", listening.http))).status).toBe(200);
    expect((await stop(child, "SIGTERM")).code).toBe(0);
  });

  test("with a camera that is away it runs: one warning with code and fix, one event, not ready, no password", async () => {
    const child = launch(["--json", "--port", "0", "--source", "rtsp://user:hunter2@127.0.0.1:1/1"]);
    const [[warning], [, line]] = await Promise.all([
      linesUntil(child.stderr, (text) => text.includes("warn")).then((lines) => lines.slice(-1)),
      linesUntil(child.stdout, (text) => text.includes("source-changed")),
    ]);
    expect(warning).toMatch(
      / warn {2}source: rtsp:\/\/\*\*\*@127\.0\.0\.1:1\/1 is unavailable\. source\/refused: .+\. .+\.$/,
    );
    expect(JSON.parse(line)).toMatchObject({ state: "error", words: expect.stringMatching(/^source\/refused: /) });
    expect(warning + line).not.toContain("hunter2");
    expect((await stop(child, "SIGTERM")).code).toBe(0);
  });

  test("a second one on the same port is one line and exit code 4", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    await once(busy, "listening");
    const { port } = busy.address() as { readonly port: number };
    const { code, stdout, stderr } = await runToEnd(["--port", String(port)]);
    busy.close();
    expect(code).toBe(4);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^[a-z]+\/[a-z-]+: [^\n]+\.\n$/);
    expect(stderr).toContain(String(port));
  });
});

describe("bad input is one line and the right exit code", () => {
  test.each([
    [4, "source/not-found", ["--source", "no.mp4"]],
    [4, "source/is-directory", ["--source", "."]],
    [4, "web-root/no-page", ["--web-root", "nowhere"]],
    [4, "web-root/no-page", ["--web-root", "."]],
    [4, "http/listen-failed", ["--host", "256.1.1.1", "--insecure"]],
    [2, "usage/unknown-bench", ["bench", "nope"]],
    [2, "usage/bad-value", ["--port", "-1"]],
    [4, "source/", ["--source", "notes.mp4"]],
    [4, "source/unsupported", ["--source", "gopher://user:hunter2@127.0.0.1/1"]],
    [3, "config/not-found", ["--config", "no.json"]],
    [3, "config/invalid-json", ["--config", "broken.json"]],
    [3, "config/insecure", ["--host", "0.0.0.0"]],
    [4, "record/unwritable", ["--mode", "record", "--record-dir", "notes.mp4/recordings"]],
    [2, "usage/unknown-flag", ["--frobnicate"]],
    [2, "usage/bad-value", ["--port", "abc"]],
    [2, "usage/not-built", ["--mode", "relay"]],
    [2, "usage/unknown-command", ["sreve"]],
  ] as const)("%i %s %j", async (code, prefix, argv) => {
    const result = await runToEnd([...argv]);
    expect(result.stderr).toMatch(/^[a-z-]+\/[a-z-]+: [^\n]+[.?]\n$/);
    expect(result.stderr.startsWith(prefix)).toBe(true);
    expect(result.stderr).not.toContain("hunter2");
    expect(result.stdout).toBe("");
    expect(result.code).toBe(code);
  });

  test("and in JSON one object", async () => {
    const { code, stdout, stderr } = await runToEnd(["--json", "--source", "no.mp4"]);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ event: "error", code: "source/not-found" });
    expect(stderr).toBe("");
  });
});

test("help and version answer without loading a server", async () => {
  expect(await runToEnd(["--version"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^floe \d+\.\d+\.\d+\n$/),
  });
  expect(await runToEnd(["--help"])).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Usage:") });
});
