// What the life of a stream is told at its beginning.
import type { Clock } from "../time/clock.js";
import type { Ownership } from "./run.js";
import type { Flow } from "./stage.js";

/** How a stream behaves; every field decided. */
export type LifeOptions = {
  readonly name: string;
  readonly clock: Clock | undefined;
  /** Undefined: as the rate of packets allows. */
  readonly timedOneIn: number | undefined;
  readonly report: "full" | "drops";
  readonly budgetMs: number;
  readonly autoStart: boolean;
  readonly closeOnError: boolean;
};

/** What a branch gets from the stream that it hangs on. */
export type Upstream = {
  readonly name: string;
  readonly ownership: Ownership;
  /** What the branch would be given, by declaration. */
  readonly flow: () => readonly Flow[];
};
