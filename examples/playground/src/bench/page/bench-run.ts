// The run: its state, its worker, and what has been measured so far.
import { computed, signal } from "@preact/signals";
import { kernelCases } from "../kernel-cases.js";
import { KERNEL_DIGESTS } from "../kernel-digests.js";
import type { Contender } from "../run-case.js";
import type { BenchNews, Thoroughness } from "./bench-messages.js";

/** Where a run stands. */
export type RunState =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly id: string }
  | { readonly kind: "finished" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly id: string; readonly reason: string };

/** What can be chosen. Many short samples: a browser knows wall time only, and most short ones are left alone. */
export const THOROUGHNESS: Readonly<Record<"quick" | "thorough", Thoroughness>> = {
  quick: { sampleMs: 5, rounds: 15 },
  thorough: { sampleMs: 10, rounds: 51 },
};

/** The choice. */
export const thoroughness = signal<keyof typeof THOROUGHNESS>("quick");
/** Where the run stands. */
export const runState = signal<RunState>({ kind: "idle" });
/** What was measured, by the case's id; kept until the next run. */
export const measured = signal<ReadonlyMap<string, readonly Contender[]>>(new Map());
/** Cases that are done, of all. */
export const progress = computed(() => ({ done: measured.value.size, of: kernelCases.length }));

/** Whether everything that a case put out is what it should be. */
export function isRight(id: string, contenders: readonly Contender[]): boolean {
  return contenders.every(({ digest }) => digest === undefined || digest === KERNEL_DIGESTS[id]);
}

let worker: Worker | undefined;

/** Begins anew. */
export function run(): void {
  end();
  measured.value = new Map();
  runState.value = { kind: "running", id: kernelCases[0].id };
  worker = new Worker(new URL("./bench-worker.ts", import.meta.url), { type: "module", name: "kernel benchmark" });
  worker.onmessage = ({ data }: MessageEvent<BenchNews>) => hear(data);
  worker.onerror = ({ message }) => {
    end();
    runState.value = { kind: "failed", id: "", reason: message || "the worker did not start" };
  };
  worker.postMessage(THOROUGHNESS[thoroughness.value]);
}

/** Ends the run; what was measured stays. */
export function stop(): void {
  end();
  runState.value = { kind: "stopped" };
}

function hear(news: BenchNews): void {
  switch (news.kind) {
    case "started":
      runState.value = { kind: "running", id: news.id };
      break;
    case "measured":
      measured.value = new Map([...measured.value, [news.id, news.contenders]]);
      break;
    case "finished":
    case "failed":
      end();
      runState.value = news;
      break;
    default:
      news satisfies never;
  }
}

function end(): void {
  worker?.terminate();
  worker = undefined;
}
