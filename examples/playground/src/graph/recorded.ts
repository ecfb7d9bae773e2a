// The recordings of examples/one-graph.ts, run in this page, and what Node makes of them.
import { signal } from "@preact/signals";
import { type Outcome, type Recording, run } from "../../../one-graph.ts";

/** One recording and how it went. */
export type RecordedRun = {
  readonly name: string;
  readonly recording: Recording;
  /** What Node gives: committed beside the recordings. */
  readonly expected: Outcome;
  /** What this page gave. */
  readonly outcome: Outcome;
  readonly isEqual: boolean;
};

type Load<T> = () => Promise<{ readonly default: T }>;

const RECORDINGS: readonly Load<Recording>[] = [
  () => import("../../../recordings/h264-opus.json"),
  () => import("../../../recordings/lossy.json"),
  () => import("../../../recordings/slices.json"),
  () => import("../../../recordings/resize.json"),
  () => import("../../../recordings/opus.json"),
];

/** How many there are. */
export const recordingCount = RECORDINGS.length;
/** Those that are done. */
export const recordedRuns = signal<readonly RecordedRun[]>([]);
/** Why the rest will not be done. */
export const recordedTrouble = signal("");

/** Runs them one after the other. */
export async function runRecordings(): Promise<void> {
  try {
    const { default: expectations } = await import("../../../recordings/expected.json");
    const expectedOf = expectations as Readonly<Record<string, Outcome>>;
    for (const load of RECORDINGS) {
      const { default: recording } = await load();
      const { name } = recording;
      const outcome = await run(recording);
      const expected = expectedOf[name];
      const isEqual = JSON.stringify(outcome) === JSON.stringify(expected);
      recordedRuns.value = [...recordedRuns.value, { name, recording, expected, outcome, isEqual }];
    }
  } catch (error) {
    recordedTrouble.value = String(error);
  }
}
