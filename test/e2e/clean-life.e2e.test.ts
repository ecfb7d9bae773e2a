// The command under signals, with a viewer on the line. Needs the built command: `npm test` builds it before.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RawViewer } from "./raw-viewer.js";

const COMMAND = fileURLToPath(new URL("../../dist/node/cli/floe.cjs", import.meta.url));

type Line = { readonly event: string; readonly http?: string };

/** Starts a command that prints events; resolves with the first of them. */
async function serve(command: string, argv: readonly string[], options: { readonly detached?: boolean } = {}) {
  const child = spawn(command, argv, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  const lines: Line[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(JSON.parse(line) as Line));
  await once(reader, "line");
  return { child, reader, lines, url: String(lines[0].http) };
}

/** What happened, but for the source's own coming and going. */
function aboutViewers(lines: readonly Line[]): string[] {
  return lines.map(({ event }) => event).filter((event) => event !== "source-changed");
}

const ARGUMENTS = ["serve", "--json", "--port", "0", "--log-level", "error"];
const WHOLE_LIFE = ["listening", "viewer-joined", "stopping", "viewer-left", "stopped"];

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} hangs up on the viewer, says why, and exits 0 within five seconds`, async () => {
    const { child, lines, url } = await serve(process.execPath, [COMMAND, ...ARGUMENTS]);
    using viewer = await RawViewer.open(url);
    await viewer.watch();
    const reason = viewer.hungUp();
    const startedMs = performance.now();
    child.kill(signal);
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(await reason).toBe("the server is shutting down");
    expect(aboutViewers(lines)).toEqual(WHOLE_LIFE);
  });

  test(`${signal} to the whole process group, and again while it stops, exits 0: npm passes on what the terminal sent`, async () => {
    const line = `exec "${process.execPath}" "${COMMAND}" ${ARGUMENTS.join(" ")}`;
    const { child, reader, lines, url } = await serve("sh", ["-c", line], { detached: true });
    using viewer = await RawViewer.open(url);
    await viewer.watch();
    const signalGroup = (): boolean => child.exitCode !== null || process.kill(-Number(child.pid), signal);
    const ended = once(child, "exit");
    reader.on("line", () => /^stop/.test(lines.at(-1)?.event ?? "") && signalGroup());
    signalGroup();
    expect(await ended).toEqual([0, null]);
    expect(aboutViewers(lines)).toEqual(WHOLE_LIFE);
  });
}
