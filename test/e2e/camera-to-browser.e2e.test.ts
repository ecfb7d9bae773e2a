// The example as a process of its own: its graph makes a picture, a viewer gets it, Ctrl-C ends it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExampleFiles, exampleFiles } from "./example-files.js";
import { RawViewer } from "./raw-viewer.js";

let files: ExampleFiles;

beforeAll(() => {
  files = exampleFiles(["camera-to-browser"]);
});

afterAll(() => files.remove());

test("examples/camera-to-browser shows the test picture to a viewer, and ends with Ctrl-C", async () => {
  const child = spawn(process.execPath, [files.pathOf("camera-to-browser"), "test", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines: string[] = [];
    const reader = createInterface(child.stdout);
    reader.on("line", (line) => lines.push(line));
    await once(reader, "line");
    const url = /^Watch test at (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(lines[0])?.[1];
    expect(url).toBeDefined();
    {
      using viewer = await RawViewer.open(url ?? "");
      await viewer.watch();
      await viewer.received(100);
      const status = (await (await fetch(`${url}api/status`)).json()) as {
        source: { kind: string; state: string; video: { codec: string } };
        stream: { encoder?: object };
      };
      expect(status.source).toMatchObject({ kind: "custom", state: "open", video: { codec: "h264" } });
      // The encoder is the example's own.
      expect(status.stream.encoder).toBeUndefined();
    }
    const closed = once(child, "exit");
    child.kill("SIGINT");
    expect(await closed).toEqual([0, null]);
    expect(lines.join("\n")).toMatch(/viewer-joined raw\|/);
  } finally {
    child.kill("SIGKILL");
  }
});
