// What the page and its worker tell each other. A worker is started for one run and ended by the page.
import type { Contender } from "../run-case.js";

/** How long each sample lasts, and how many there are. */
export type Thoroughness = { readonly sampleMs: number; readonly rounds: number };

/** Page to worker, once. */
export type BenchOrder = Thoroughness;

/** Worker to page. */
export type BenchNews =
  | { readonly kind: "started"; readonly id: string }
  | { readonly kind: "measured"; readonly id: string; readonly contenders: readonly Contender[] }
  | { readonly kind: "finished" }
  | { readonly kind: "failed"; readonly id: string; readonly reason: string };
