// Runs one kernel case: kernel and twin, plain and shared memory, and its peers, all in the same rounds.
import { type CasePeer, createSide, type KernelCase, type PreparedCase } from "./kernel-case.js";
import { type MeasureOptions, measure, repeated, type Stopwatch, timed } from "./measure.js";

/** The names of our own ways to do the work. */
export const KERNEL = "kernel";
/** The kernel on memory that other threads can hold. */
export const SHARED_KERNEL = "kernel, shared memory";
/** The same in TypeScript. */
export const TWIN = "TypeScript twin";

/** One way to do the work. */
export type Contender = {
  readonly name: string;
  /** Nanoseconds of one call. */
  readonly callNs: number;
  /** What the first call put out; undefined for a floor, which puts out nothing comparable. */
  readonly digest: string | undefined;
};

/** What came of a case. */
export type CaseResult = {
  readonly case: KernelCase;
  /** The kernel first, then what it is compared with. */
  readonly contenders: readonly Contender[];
};

/** Options of a run. */
export type RunCaseOptions = MeasureOptions & {
  readonly stopwatch: Stopwatch;
  /** Whether shared memory takes part: false where the runtime has none. */
  readonly withShared: boolean;
  /** More peers than the case has: those of one runtime. */
  readonly morePeers?: readonly CasePeer[];
};

/** Digests first, then speed. */
export async function runCase(each: KernelCase, options: RunCaseOptions): Promise<CaseResult> {
  const prepared: [string, PreparedCase][] = [];
  const sides = [
    { name: KERNEL, shared: false, twin: false },
    ...(options.withShared ? [{ name: SHARED_KERNEL, shared: true, twin: false }] : []),
    { name: TWIN, shared: false, twin: true },
  ];
  for (const { name, ...side } of sides) {
    prepared.push([name, each.prepare(await createSide(each, side))]);
  }
  for (const peer of [...(each.peers ?? []), ...(options.morePeers ?? [])]) {
    prepared.push([peer.name, peer.prepare(await createSide(each, { shared: false, twin: false }))]);
  }
  const digests = prepared.map(([, { run, digest }]) => {
    run();
    return digest?.();
  });
  const times = await measure(
    prepared.map(([, { run, repeat = repeated(run) }]) => timed(repeat, options.stopwatch)),
    options,
  );
  const contenders = prepared.map(([name], i) => ({ name, callNs: times[i], digest: digests[i] }));
  return { case: each, contenders };
}
