// The example as a process of its own: its graph makes a picture, a viewer gets it, Ctrl-C ends it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawViewer } from "./raw-viewer.js";

/** Inside of the package, so that `floe` means this package as it is built. */
const folder = new URL("../../dist/examples/", import.meta.url);
const script = fileURLToPath(new URL("camera-to-browser.js", folder));

beforeAll(() => {
  // What Node 22.18 does by itself: types away, the rest as it stands.
  const source = readFileSync(new URL("../../examples/camera-to-browser.ts", import.meta.url), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(script, outputText);
});

afterAll(() => rmSync(folder, { recursive: true }));

test("examples/camera-to-browser shows the test picture to a viewer, and ends with Ctrl-C", async () => {
  const child = spawn(process.execPath, [script, "test", "0"], { stdio: ["ignore", "pipe", "inherit"] });
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
