// Starts recorder-program.ts as a process of its own. Its bundle lies as deep in the tree as its source, which reads fixtures.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { RecorderAnswer, RecorderOrder } from "./recorder-program.js";

/** Bundles the program, where it finds the packages that it needs. */
export async function buildRecorder(): Promise<{ readonly program: string; remove(): void }> {
  const program = fileURLToPath(new URL(`../../../dist/test/record/recorder-${process.pid}.mjs`, import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL("recorder-program.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "error",
  });
  return { program, remove: () => rmSync(program, { force: true }) };
}

/** A process that records. */
export class RecorderProcess {
  readonly #child: ChildProcess;

  /** `maxBlocks`: the longest file that the system lets it write, in blocks of 1024 bytes. */
  constructor(program: string, args: readonly string[], { maxBlocks }: { readonly maxBlocks?: number } = {}) {
    const limit = `ulimit -f ${maxBlocks ?? "unlimited"} && exec "$0" "$@"`;
    this.#child = spawn("bash", ["-c", limit, process.execPath, program, ...args], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  /** Tells it something and waits until it is done. */
  tell(order: RecorderOrder): Promise<RecorderAnswer> {
    return new Promise((done, failed) => {
      this.#child.on("message", (answer: RecorderAnswer) => answer.isDone && done(answer));
      this.#child.once("exit", (code) => failed(new Error(`the recorder ended with ${code}`)));
      this.#child.send(order);
    });
  }

  /** Lets it write and kills it as soon as it says that it wrote so much; answers how much it told by then. */
  async killAt(killUs: number): Promise<number> {
    let toldUs = 0;
    this.#child.on("message", ({ writtenUs }: RecorderAnswer) => {
      toldUs = writtenUs;
      if (writtenUs >= killUs) {
        this.#child.kill("SIGKILL");
      }
    });
    const ended = once(this.#child, "close");
    this.#child.send({ untilUs: Number.MAX_SAFE_INTEGER } satisfies RecorderOrder);
    await ended;
    return toldUs;
  }

  /** Ends it where it is. */
  async end(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}
