// Prints a bench's table, and writes it as JSON with everything that a reader needs to repeat it.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { type Goal, isMet, type Row, ratioOf } from "./row.js";

/** Prints and writes; answers whether every goal is met. */
export function report(name: string, rows: readonly Row[], jsonFile: string | undefined): boolean {
  const machine = describeMachine();
  const command = `npm run bench -- ${name}`;
  console.log(`\n${command}   ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.git}`);
  console.table(rows.map(shown));
  if (jsonFile !== undefined) {
    const results = rows.map(({ goal, ...row }) => ({
      ...row,
      peer: row.peer ?? null,
      peerName: row.peerName ?? null,
      ratio: ratioOf({ ...row }) ?? null,
      goal: goal === undefined ? null : showGoal(goal),
      pass: isMet(goal === undefined ? row : { ...row, goal }) ?? null,
    }));
    writeFileSync(jsonFile, `${JSON.stringify({ command, machine, rows: results }, null, 2)}\n`);
  }
  return rows.every((row) => isMet(row) !== false);
}

function shown(row: Row): Record<string, string> {
  const ratio = ratioOf(row);
  const met = isMet(row);
  return {
    id: row.id,
    unit: row.unit,
    ours: show(row.ours),
    peer: row.peer === undefined ? "" : `${show(row.peer)} (${row.peerName ?? "peer"})`,
    ratio: ratio === undefined ? "" : show(ratio),
    goal: row.goal === undefined ? "" : showGoal(row.goal),
    met: met === undefined ? "" : met ? "yes" : "NO",
    ...(row.digest === undefined ? {} : { digest: row.digest }),
  };
}

function showGoal(goal: Goal): string {
  const bound = "atMost" in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`;
  return `${goal.of === "ratio" ? "ratio " : ""}${bound}`;
}

function show(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

function describeMachine(): {
  cpu: string;
  cores: number;
  node: string;
  git: string;
  versions: Record<string, string>;
} {
  const versions: Record<string, string> = {};
  for (const name of ["node-av", "node-datachannel"]) {
    const file = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
    versions[name] = (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
  return {
    cpu: cpus()[0]?.model ?? "unknown CPU",
    cores: cpus().length,
    node: process.version,
    git: execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim(),
    versions,
  };
}
