// The example as a process of its own: what is published is in a file, its sound alone in another, Ctrl-C completes both.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { playBack } from "../node/record/play-back.js";
import { RawPublisher } from "../node/server/raw-publisher.js";
import { type ExampleFiles, exampleFiles } from "./example-files.js";

let files: ExampleFiles;
const folder = mkdtempSync(join(tmpdir(), "floe-example-"));

beforeAll(() => {
  files = exampleFiles(["browser-to-file"]);
});

afterAll(() => {
  files.remove();
  rmSync(folder, { recursive: true, force: true });
});

const mediaIn = (path: string): string[] =>
  readdirSync(path)
    .filter((name) => name.endsWith(".mp4"))
    .map((name) => join(path, name));

test("examples/browser-to-file records a publisher, and its sound apart, and ends with Ctrl-C", async () => {
  const child = spawn(process.execPath, [files.pathOf("browser-to-file"), folder, "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines: string[] = [];
    const reader = createInterface(child.stdout);
    reader.on("line", (line) => lines.push(line));
    await once(reader, "line");
    const url = /^Publish at (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(lines[0])?.[1] ?? "";
    using publisher = await RawPublisher.open({ url }, "ada");
    await publisher.call();
    await publisher.publish(3000);
    const pictures = (): number =>
      lines.reduce((sum, line) => sum + Number(/^ada: (\d+) pictures \(\d+ key\), \d+ kbit/.exec(line)?.[1] ?? 0), 0);
    await expect.poll(pictures, { timeout: 10_000 }).toBe(45);
    const closed = once(child, "exit");
    child.kill("SIGINT");
    expect(await closed).toEqual([0, null]);
    const told = lines.join("\n");
    expect(told).toMatch(/publisher-joined ada\|/);
    expect(told).toMatch(/recording-ended ada ada-\d+\.mp4/);
    expect(told).toMatch(/publisher-left ada\|\S+ the server is shutting down/);
    expect(await playBack(mediaIn(folder)[0])).toMatchObject({
      video: { codec: "h264", frames: 45, errors: 0 },
      audio: { frames: 150, errors: 0 },
    });
    expect(await playBack(mediaIn(join(folder, "sound"))[0])).toMatchObject({
      video: undefined,
      audio: { codec: "opus", frames: 150, errors: 0 },
    });
  } finally {
    child.kill("SIGKILL");
  }
});
