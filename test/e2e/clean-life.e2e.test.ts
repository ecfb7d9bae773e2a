// The command under signals, with a viewer on the line. Needs the built command: `npm test` builds it before.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RawViewer } from "./raw-viewer.js";

const COMMAND = fileURLToPath(new URL("../../dist/node/cli/floe.cjs", import.meta.url));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} hangs up on the viewer, says why, and exits 0 within five seconds`, async () => {
    const child = spawn(process.execPath, [COMMAND, "serve", "--json", "--port", "0", "--log-level", "error"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: Record<string, unknown>[] = [];
    const reader = createInterface({ input: child.stdout });
    reader.on("line", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
    await once(reader, "line");
    using viewer = await RawViewer.open(String(lines[0].http));
    await viewer.watch();
    const reason = viewer.hungUp();
    const startedMs = performance.now();
    child.kill(signal);
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(await reason).toBe("the server is shutting down");
    expect(lines.map(({ event }) => event)).toEqual([
      "listening",
      "viewer-joined",
      "stopping",
      "viewer-left",
      "stopped",
    ]);
  });
}
