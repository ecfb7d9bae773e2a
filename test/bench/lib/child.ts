// Processes of a bench: started, waited for until they say where they listen, ended.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A running process that printed its first JSON line. */
export type Child = {
  readonly pid: number;
  /** The first JSON object it printed. */
  readonly ready: Record<string, unknown>;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>;
};

/** Starts `node ARGS` and waits for its first line on stdout. */
export async function startNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Child> {
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${args.join(" ")} ended with ${code} before it was ready`)));
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).once("line", (line) =>
        resolve(JSON.parse(line) as Record<string, unknown>),
      );
    }
  });
  return {
    pid: child.pid ?? 0,
    ready,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
