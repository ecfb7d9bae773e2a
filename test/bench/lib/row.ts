// One line of a bench's table.

/** What is good: `ours` or the ratio at most, or at least, the goal. */
export type Goal =
  | { readonly of: "ours" | "ratio"; readonly atMost: number }
  | { readonly of: "ours" | "ratio"; readonly atLeast: number };

/** A measurement, beside a peer of the same run where there is one. */
export type Row = {
  readonly id: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number;
  readonly peerName?: string;
  readonly goal?: Goal;
  /** Of what was put out, where a digest was compared. */
  readonly digest?: string;
};

/** ours / peer, or undefined without a peer. */
export function ratioOf(row: Row): number | undefined {
  return row.peer === undefined ? undefined : row.ours / row.peer;
}

/** Whether the goal is met; undefined when there is none. */
export function isMet(row: Row): boolean | undefined {
  if (row.goal === undefined) {
    return undefined;
  }
  const value = row.goal.of === "ours" ? row.ours : (ratioOf(row) ?? Number.NaN);
  return "atMost" in row.goal ? value <= row.goal.atMost : value >= row.goal.atLeast;
}
