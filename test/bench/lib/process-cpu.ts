// CPU time, user and system, all threads: of another process from /proc, of this one from Node.
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in ticks of 1/100 s. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that the process has used so far. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may hold anything; the fields are counted behind its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Starts a stopwatch of this process: CPU time or wall time, whichever is less, so that a busy neighbour counts in neither. */
export function stopwatch(): () => number {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  return () => {
    const wallNs = Number(process.hrtime.bigint() - start);
    const { user, system } = process.cpuUsage(cpu);
    return Math.min((user + system) * 1000, wallNs);
  };
}

/** The same in nanoseconds' steps, of the threads that live now: for short windows in which none ends. */
export function liveThreadSeconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ", 1)[0]),
  );
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e9;
}
