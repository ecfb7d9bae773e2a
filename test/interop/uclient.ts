// coturn's `turnutils_uclient` as a process. It ends with 0 even when everything was lost, so its totals are read.
import { spawn } from "node:child_process";
import { requireCoturn } from "../setup/coturn.js";

/** What it said at its end. */
export type UclientTotals = {
  /** Messages; undefined when it gave up before it counted any. */
  readonly sent: number | undefined;
  readonly received: number | undefined;
  /** Everything it wrote. */
  readonly output: string;
};

const DEADLINE_MS = 60_000;

/** Runs it to its end. Rejects when that takes more than a minute. */
export function runUclient(args: readonly (string | number)[]): Promise<UclientTotals> {
  const child = spawn(requireCoturn("turnutils_uclient"), args.map(String), { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`turnutils_uclient ${args.join(" ")} did not end:\n${output.slice(-4000)}`));
    }, DEADLINE_MS);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(deadline);
      output += `(ended with ${signal ?? code})`;
      // The last such line is the whole; the lines before it are of the way there.
      const totals = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1);
      resolve({
        sent: totals === undefined ? undefined : Number(totals[1]),
        received: totals === undefined ? undefined : Number(totals[2]),
        output,
      });
    });
  });
}
