// Processes of a bench: started, waited for until they say where they listen, ended.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A running process that printed its first JSON line. */
export type Child = {
  readonly pid: number;
  /** The first JSON object it printed. */
  readonly ready: Record<string, unknown>;
  /** Sends a signal, SIGUSR2 by default, and resolves with the JSON line that comes back. */
  ask(signal?: NodeJS.Signals): Promise<Record<string, unknown>>;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>;
};

/** How a process runs. */
export type ChildOptions = {
  /** The only core that it may use. */
  readonly core?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** What runs Node, where it is another network that it shall be in. */
  readonly command?: (program: string, args: readonly string[]) => readonly [string, readonly string[]];
};

/** Starts `node ARGS` and waits for its first line on stdout. */
export async function startNode(
  args: readonly string[],
  { core, env = {}, command = (program, rest) => [program, rest] }: ChildOptions = {},
): Promise<Child> {
  const [program, ...rest] = [
    ...(core === undefined ? [] : ["taskset", "-c", String(core)]),
    process.execPath,
    ...args,
  ];
  const [started, startedArgs] = command(program, rest);
  const child: ChildProcess = spawn(started, startedArgs, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = child.stdout === null ? undefined : createInterface({ input: child.stdout });
  const nextLine = (): Promise<Record<string, unknown>> =>
    new Promise((resolve) => lines?.once("line", (line) => resolve(JSON.parse(line) as Record<string, unknown>)));
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${args.join(" ")} ended with ${code} before it was ready`)));
    nextLine().then(resolve, reject);
  });
  return {
    pid: child.pid ?? 0,
    ready,
    ask: (signal = "SIGUSR2") => {
      const answer = nextLine();
      child.kill(signal);
      return answer;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
