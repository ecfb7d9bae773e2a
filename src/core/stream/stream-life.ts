// The life of a stream: its state, its verbs, its runs. Knows no types of packets; packet-stream.ts is its typed face.
import { FloeError } from "../error/floe-error.js";
import { Signal } from "../signal/signal.js";
import type { Clock } from "../time/clock.js";
import { makeEntry } from "./entry.js";
import { type Flow, flowThrough, writtenFlow } from "./flow.js";
import { type GraphReport, reportGraph } from "./graph-report.js";
import { type Chain, linkChain } from "./link.js";
import { NodeStats } from "./node-stats.js";
import type { Packet } from "./packet.js";
import { isPolicing } from "./policing.js";
import { describe, type Ownership, Run } from "./run.js";
import { SourceRunner } from "./source-runner.js";
import type { Branch, BranchStage, Next } from "./stage.js";
import { answerOf, type StreamState, type StreamVerb } from "./stream-state.js";
import { Topology } from "./topology.js";
import { closeNodes, stopSources, stopStages } from "./wind-down.js";

/** How a stream behaves; every field decided. */
export type LifeOptions = {
  readonly name: string;
  readonly clock: Clock | undefined;
  readonly timedOneIn: number;
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

/** State, verbs and runs of one stream. */
export class StreamLife implements Branch {
  readonly stateChanged: Signal<StreamState> = new Signal<StreamState>();
  readonly failed: Signal<Error> = new Signal<Error>();
  readonly topology: Topology;
  readonly ownership: Ownership;
  readonly #options: LifeOptions;
  readonly #upstream: Upstream | undefined;
  readonly #entry: { readonly id: string; readonly stats: NodeStats };
  readonly #unclaimed: NodeStats = new NodeStats();

  #state: StreamState = "none";
  /** The run that is under way, wired; undefined in between. */
  #wired: Wiring | undefined;
  #error: Error | undefined;
  #failedStage = "";
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  #winding: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #closed: Settleable = settleable();
  #forgetAbort: () => void = () => {};

  constructor(options: LifeOptions, upstream?: Upstream) {
    this.#options = options;
    this.#upstream = upstream;
    this.topology = new Topology(options.name);
    this.ownership = upstream?.ownership ?? { taken: false };
    this.#entry = { id: upstream?.name ?? `${options.name}.write()`, stats: new NodeStats() };
  }

  get name(): string {
    return this.#options.name;
  }

  get options(): LifeOptions {
    return this.#options;
  }

  get state(): StreamState {
    return this.#state;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  get closed(): Promise<Error | null> {
    return this.#closed.promise;
  }

  get ready(): boolean {
    return this.#wired?.chain.isReady() ?? true;
  }

  /** Throws unless stages may come and go now. */
  refuseWhileActive(): void {
    this.#answer("modify");
  }

  start(signal?: AbortSignal): Promise<void> {
    try {
      if (signal?.aborted === true) {
        throw signal.reason;
      }
      if (this.#answer("start") === "go") {
        this.#startNow();
      }
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    return signal === undefined ? this.#starting : this.#untilAborted(signal);
  }

  pause(): void {
    if (this.#answer("pause") === "go") {
      this.#wired?.run.pauseGates();
      this.#become("paused");
    }
  }

  resume(): void {
    if (this.#answer("resume") !== "go") {
      return;
    }
    const { chain, run } = this.#wired ?? {};
    if (run === undefined || chain === undefined) {
      this.#startNow();
      return;
    }
    this.#become("active");
    if (this.#state === "active") {
      run.openGates();
      for (const drain of chain.drains.values()) {
        drain.wake();
      }
    }
  }

  lock(): boolean {
    if (answerOf("lock", this.#state) !== "go") {
      return false;
    }
    this.#become("locked");
    return true;
  }

  stop(): Promise<void> {
    switch (this.#answer("stop")) {
      case "go":
        this.#stopping = this.#stop().finally(() => {
          this.#stopping = undefined;
        });
        return this.#stopping;
      case "join":
        return this.#stopping ?? Promise.resolve();
      default:
        return Promise.resolve();
    }
  }

  close(): Promise<void> {
    if (this.#closing === undefined && this.#answer("close") === "go") {
      this.#closing = this.#close();
    }
    return this.#closing ?? Promise.resolve();
  }

  reset(): void {
    this.#answer("reset");
    this.topology.clear();
    this.#error = undefined;
    this.#failedStage = "";
    if (this.#state === "closed") {
      this.#closing = undefined;
      this.#closed = settleable();
      this.#become("none");
    }
  }

  write(packet: Packet): void {
    if (this.#state === "none" && this.#options.autoStart) {
      this.#startNow();
    }
    if (this.#wired === undefined) {
      this.#entry.stats.drop(this.#reasonWhileUnwired());
      return;
    }
    if (this.#wired.writeRefusal !== undefined) {
      throw this.#wired.writeRefusal;
    }
    this.#wired.write(packet);
  }

  receive(packet: Packet): void {
    if (this.#wired === undefined) {
      this.#entry.stats.drop(this.#reasonWhileUnwired());
    } else {
      this.#wired.receive(packet);
    }
  }

  validate(inflow: readonly Flow[]): void {
    flowThrough(this.topology.stages(), [...inflow, ...this.#sourceFlow()]);
  }

  /** What a branch of this stream would be given. */
  flowInto(branch: BranchStage): readonly Flow[] {
    return flowThrough(this.topology.stages(), this.#inflow(), branch);
  }

  report(): GraphReport {
    const { name, clock, timedOneIn } = this.#options;
    const code = this.#error instanceof FloeError ? { code: this.#error.code } : {};
    return reportGraph({
      name,
      state: this.#state,
      ready: this.ready,
      error: this.#error === undefined ? undefined : { stage: this.#failedStage, message: this.#error.message, ...code },
      timedOneIn: clock === undefined ? 0 : timedOneIn,
      sources: this.topology.sources,
      stages: this.topology.stages(),
      entry: this.#entry,
      unclaimed: this.#unclaimed,
    });
  }

  /** Something of this stream threw. Answers whether anybody was told. Never throws. */
  fail(thrown: unknown, stage: string): boolean {
    if (this.#state === "error" || this.#state === "closed") {
      return true;
    }
    const error = toError(thrown);
    this.#error = error;
    this.#failedStage = stage;
    this.#endFlow();
    this.#become("error");
    const isTold = this.failed.size > 0;
    this.failed.emit(error);
    if (this.#options.closeOnError) {
      void this.close();
    }
    return isTold;
  }

  /** A final packet went through. */
  finish(): void {
    if (this.#state === "active" || this.#state === "paused") {
      // What goes wrong on the way down has been told by `failed`.
      this.stop().catch(() => {});
    }
  }

  #answer(verb: StreamVerb): ReturnType<typeof answerOf> {
    const isClosing = this.#closing !== undefined && this.#state !== "closed";
    const answer = isClosing && (verb === "start" || verb === "modify") ? "refuse" : answerOf(verb, this.#state);
    if (answer === "refuse") {
      throw verb === "modify"
        ? new FloeError("stream/active", `Cannot modify "${this.name}" while it is ${this.#state}`, {
            fix: this.#state === "closed" ? "Call reset() first." : "Call stop() first.",
          })
        : new FloeError("stream/state", `Cannot ${verb} "${this.name}" while it is ${this.#state}`);
    }
    return answer;
  }

  /** Start, or go on after a pause. Throws when the wiring cannot work; then nothing has changed. */
  #startNow(): void {
    if (this.#wired !== undefined) {
      this.resume();
      return;
    }
    const wired = this.#wire();
    this.#wired = wired;
    this.#error = undefined;
    this.#failedStage = "";
    this.#become("active");
    this.#starting = this.#startSources(wired);
    // Whoever does not await start() hears of it by `failed`.
    this.#starting.catch(() => {});
  }

  #wire(): Wiring {
    const stages = this.topology.stages();
    flowThrough(stages, this.#inflow());
    const { clock, timedOneIn } = this.#options;
    const run = new Run(this, { ownership: this.ownership, clock, timedOneIn, policing: isPolicing() });
    const chain = linkChain(stages, run, this.#unclaimed);
    const next = chain.head;
    const { id, stats } = this.#entry;
    const runners = this.topology.sources.map((node) => {
      const handover = node.source.retention === "borrowed" ? "lend" : "give";
      const emit = makeEntry({ run, id: node.id, stats: node.stats, next, handover, untold: "throw" });
      return new SourceRunner(node, emit, this);
    });
    return {
      run,
      chain,
      stages,
      runners,
      write: makeEntry({ run, id, stats, next, handover: "lend", untold: "throw" }),
      receive: makeEntry({ run, id, stats, next, handover: "pass", untold: "keep" }),
      writeRefusal: this.#writeRefusal(),
    };
  }

  async #startSources({ run, runners, stages }: Wiring): Promise<void> {
    if (this.#state !== "active") {
      // An adapter threw when it heard of the start.
      throw this.#error ?? new FloeError("stream/state", `"${this.name}" was stopped while it started`);
    }
    run.openGates();
    const branches = stages.flatMap((stage) => (stage.type === "branch" ? [stage.branch] : []));
    const begun = branches.filter(({ state }) => answerOf("start", state) === "go" && state !== "paused");
    // A branch that cannot start says so itself; it does not keep the others from starting.
    const branchStarts = Promise.allSettled(begun.map((branch) => branch.start()));
    const sourceStarts = await Promise.allSettled(
      runners.map(async (runner) => {
        try {
          await runner.start();
        } catch (thrown) {
          this.fail(thrown, runner.id);
          throw thrown;
        }
      }),
    );
    await branchStarts;
    const refused = sourceStarts.find((start) => start.status === "rejected");
    if (refused !== undefined) {
      throw refused.reason;
    }
  }

  async #stop(): Promise<void> {
    const hasFailed = this.#state === "error";
    if (!hasFailed) {
      this.#wired?.run.drainGates();
    }
    this.#become("stopping");
    await this.#windDown();
    if (this.#state === "stopping") {
      this.#become("stopped");
    } else if (!hasFailed && this.#error !== undefined) {
      throw this.#error;
    }
  }

  async #close(): Promise<void> {
    if (this.#stopping !== undefined) {
      await this.#stopping.catch(() => {});
    } else if (this.#state === "active" || this.#state === "paused") {
      await this.stop().catch(() => {});
    }
    await this.#windDown();
    const troubles: Error[] = [];
    await closeNodes(this.topology.stages(), this.topology.sources, (thrown, stage) => {
      troubles.push(toError(thrown));
      this.#failedStage ||= stage;
    });
    this.#error ??= troubles[0];
    this.#become("closed");
    this.#closed.settle(this.#error ?? null);
  }

  /** Ends the run, if there is one; what throws on the way fails the stream. */
  #windDown(): Promise<void> {
    if (this.#wired !== undefined) {
      this.#winding ??= this.#windDownRun(this.#wired).finally(() => {
        this.#winding = undefined;
      });
    }
    return this.#winding ?? Promise.resolve();
  }

  async #windDownRun({ stages, chain, runners }: Wiring): Promise<void> {
    // Not inside the call that asked for it: a stage may be on its stack.
    await Promise.resolve();
    const onTrouble = (thrown: unknown, stage: string): void => {
      this.fail(thrown, stage);
    };
    await stopStages(stages, chain.drains, onTrouble);
    await stopSources(runners, onTrouble);
    this.#endFlow();
    this.#wired = undefined;
  }

  /** Shuts every gate of the run; what waits in queues is dropped as late. */
  #endFlow(): void {
    this.#forgetAbort();
    if (this.#wired !== undefined) {
      this.#wired.run.shutGates();
      for (const drain of this.#wired.chain.drains.values()) {
        drain.end();
      }
    }
  }

  #become(state: StreamState): void {
    this.#state = state;
    const adapters = [
      ...this.topology.sources.map(({ source }) => source),
      ...this.topology.stages().flatMap((stage) => (stage.type === "processor" ? [stage.processor] : [])),
    ];
    for (const adapter of adapters) {
      try {
        adapter.streamStateChanged?.(state);
      } catch (thrown) {
        this.fail(thrown, adapter.name);
      }
    }
    if (this.#state === state) {
      this.stateChanged.emit(state);
    }
  }

  #untilAborted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason);
        void this.close();
      };
      this.#forgetAbort();
      this.#forgetAbort = () => signal.removeEventListener("abort", onAbort);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#starting.then(resolve, reject);
    });
  }

  #inflow(): readonly Flow[] {
    const fromSources = this.#sourceFlow();
    if (this.#upstream !== undefined) {
      return [...this.#upstream.flow(), ...fromSources];
    }
    return this.topology.sources.length === 0 ? writtenFlow(this.name) : fromSources;
  }

  #sourceFlow(): readonly Flow[] {
    return this.topology.sources.flatMap(({ id, source }) => {
      const given = source.retention !== "borrowed";
      return source.emits.map((kind) => ({ kind, from: id, given }));
    });
  }

  /** A stream may be fed by sources that give packets away, and yet not by write(), which only lends. */
  #writeRefusal(): FloeError | undefined {
    try {
      flowThrough(this.topology.stages(), [...this.#inflow(), ...writtenFlow(this.name)]);
      return undefined;
    } catch (thrown) {
      return thrown instanceof FloeError ? thrown : undefined;
    }
  }

  #reasonWhileUnwired(): "early" | "paused" | "late" {
    switch (this.#state) {
      case "none":
      case "locked":
        return "early";
      case "paused":
        return "paused";
      default:
        return "late";
    }
  }
}

type Wiring = {
  readonly run: Run;
  readonly chain: Chain;
  readonly stages: ReturnType<Topology["stages"]>;
  readonly runners: readonly SourceRunner[];
  readonly write: Next;
  readonly receive: Next;
  readonly writeRefusal: FloeError | undefined;
};

type Settleable = { readonly promise: Promise<Error | null>; readonly settle: (error: Error | null) => void };

function settleable(): Settleable {
  let settle: (error: Error | null) => void = () => {};
  const promise = new Promise<Error | null>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new FloeError("stream/thrown", describe(thrown), { cause: thrown });
}
