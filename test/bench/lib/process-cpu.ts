// CPU time of another process, from /proc: user and system, all threads.
import { readFileSync } from "node:fs";

/** Linux counts in ticks of 1/100 s. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that the process has used so far. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may hold anything; the fields are counted behind its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
