// The built `floe` as a process of its own, for tests that play against the command and not against its parts.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const LAUNCHER = fileURLToPath(new URL("../../dist/node/cli/floe.cjs", import.meta.url));

/** How to start it. */
export type FloeProcessOptions = {
  /** `FLOE_*` variables; those of this process are left out. */
  readonly env?: Readonly<Record<string, string>>;
  /** What runs Node, where it is not this process' own network that it shall be in. */
  readonly command?: (program: string, args: readonly string[]) => readonly [string, string[]];
};

/** One running command, from its `listening` event on. */
export class FloeProcess {
  /** The fields of the `listening` event. */
  readonly listening: Readonly<Record<string, unknown>>;
  readonly #child: ChildProcessWithoutNullStreams;

  private constructor(child: ChildProcessWithoutNullStreams, listening: Readonly<Record<string, unknown>>) {
    this.#child = child;
    this.listening = listening;
  }

  /** Starts `floe ARGV --json`; resolves when it listens. Throws what it said when it ended instead. */
  static async start(
    argv: readonly string[],
    { env = {}, command = (program, args) => [program, [...args]] }: FloeProcessOptions = {},
  ): Promise<FloeProcess> {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FLOE_")));
    const [program, args] = command(process.execPath, [LAUNCHER, ...argv, "--json"]);
    const child = spawn(program, args, { env: { ...inherited, ...env } });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-4000);
    });
    const lines = createInterface(child.stdout);
    const ended = once(child, "close").then(([code]) => {
      throw new Error(`floe ${argv.join(" ")} ended with ${code}: ${complaint}`);
    });
    for (;;) {
      const [line] = (await Promise.race([once(lines, "line"), ended])) as [string];
      const { event, ...fields } = JSON.parse(line) as { readonly event: string };
      if (event === "listening") {
        ended.catch(() => {});
        return new FloeProcess(child, fields);
      }
    }
  }

  /** Ends it as a supervisor would; resolves with its exit code. */
  async close(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "close");
      this.#child.kill("SIGTERM");
      await ended;
    }
    return this.#child.exitCode;
  }

  /** Ends it as a power cut would (`kill -9`); resolves when it is gone. */
  async kill(): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
