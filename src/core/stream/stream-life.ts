// The life of a stream: its state, its verbs, its runs. Knows no types of packets; packet-stream.ts is its typed face.
import { FloeError } from "../error/floe-error.js";
import { Signal } from "../signal/signal.js";
import type { StreamTraces } from "./chrome-trace.js";
import { flowOf, flowThrough, writtenFlow } from "./flow.js";
import type { Overrun } from "./frame-budget.js";
import { FrameLog } from "./frame-log.js";
import type { GraphReport } from "./graph-report.js";
import type { LifeOptions, Upstream } from "./life-options.js";
import { NodeStats } from "./node-stats.js";
import type { Packet, PacketKind } from "./packet.js";
import { reportGraph } from "./report-graph.js";
import type { Ownership } from "./run.js";
import { Sampling } from "./sampling.js";
import { type Settleable, settleable, untilAborted } from "./settling.js";
import type { Branch, BranchStage, Flow } from "./stage.js";
import { answerOf, dropReasonOf, type StreamState, type StreamVerb } from "./stream-state.js";
import { toError } from "./thrown.js";
import { Topology } from "./topology.js";
import { closeNodes } from "./wind-down.js";
import { shutDown, startNodes, type Wiring, windDown, wire } from "./wiring.js";

/** State, verbs and runs of one stream. */
export class StreamLife implements Branch {
  readonly stateChanged: Signal<StreamState> = new Signal<StreamState>();
  readonly failed: Signal<Error> = new Signal<Error>();
  readonly drained: Signal = new Signal();
  readonly overran: Signal<Overrun> = new Signal<Overrun>();
  readonly topology: Topology;
  readonly ownership: Ownership;
  readonly #options: LifeOptions;
  readonly #sampling: Sampling;
  readonly #frames: FrameLog | undefined;
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
  #closed: Settleable<Error | null> = settleable();
  /** It was closed before it ever ran: the next run has an end of its own. */
  #isClosedUnused = false;
  #forgetAbort: () => void = () => {};

  constructor(options: LifeOptions, upstream?: Upstream) {
    this.#options = options;
    const { clock, timedOneIn, report, budgetMs } = options;
    this.#sampling = new Sampling(timedOneIn);
    this.#frames = clock === undefined || report === "drops" ? undefined : new FrameLog(clock, budgetMs, this.overran);
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
    return this.credit > 0;
  }

  get credit(): number {
    return this.#wired?.chain.credit() ?? Number.POSITIVE_INFINITY;
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
    if (signal === undefined) {
      return this.#starting;
    }
    this.#forgetAbort();
    const { promise, forget } = untilAborted(this.#starting, signal, () => void this.close());
    this.#forgetAbort = forget;
    return promise;
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
      if (this.#state === "none") {
        return this.#closeUnused();
      }
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
      this.#entry.stats.drop(dropReasonOf(this.#state));
      return;
    }
    if (this.#wired.writeRefusal !== undefined) {
      throw this.#wired.writeRefusal;
    }
    this.#wired.write(packet);
  }

  receive(packet: Packet): void {
    if (this.#wired === undefined) {
      this.#entry.stats.drop(dropReasonOf(this.#state));
    } else {
      this.#wired.receive(packet);
    }
  }

  validate(inflow: readonly Flow[]): void {
    flowThrough(this.topology.stages(), [...inflow, ...flowOf(this.topology.sources)]);
  }

  /** What a branch of this stream would be given. */
  flowInto(branch: BranchStage): readonly Flow[] {
    return flowThrough(this.topology.stages(), this.#inflow(), branch);
  }

  /** Kinds that leave the last stage, by declaration. Throws what is wrong with the wiring. */
  outflow(): readonly PacketKind[] {
    const kinds = flowThrough(this.topology.stages(), this.#inflow()).map(({ kind }) => kind);
    return [...new Set(kinds)];
  }

  report(): GraphReport {
    const { name, report } = this.#options;
    const code = this.#error instanceof FloeError ? { code: this.#error.code } : {};
    return reportGraph({
      name,
      state: this.#state,
      ready: this.ready,
      error:
        this.#error === undefined ? undefined : { stage: this.#failedStage, message: this.#error.message, ...code },
      detail: report,
      timedOneIn: this.#frames === undefined ? 0 : this.#sampling.oneIn,
      budget: this.#frames?.budget(),
      sources: this.topology.sources,
      stages: this.topology.stages(),
      entry: this.#entry,
      unclaimed: this.#unclaimed,
    });
  }

  /** Timed packets of this stream, then of its branches. */
  traces(): readonly StreamTraces[] {
    const own = { name: this.name, traces: this.#frames?.traces ?? [] };
    const branches = this.topology.stages().flatMap((stage) => (stage.type === "branch" ? stage.branch.traces() : []));
    return [own, ...branches];
  }

  /** Something of this stream threw. Answers whether anybody was told. Never throws. */
  fail(thrown: unknown, stage: string): boolean {
    if (this.#state === "error" || this.#state === "closed") {
      return true;
    }
    const error = toError(thrown);
    this.#error = error;
    this.#failedStage = stage;
    if (this.#wired !== undefined) {
      shutDown(this.#wired);
    }
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
    if (isClosing && (verb === "pause" || verb === "resume")) {
      return "quiet";
    }
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
    if (this.#isClosedUnused) {
      this.#isClosedUnused = false;
      this.#closed = settleable();
    }
    this.#error = undefined;
    this.#failedStage = "";
    this.#become("active");
    this.#starting = this.#startNodes(wired);
    // Whoever does not await start() hears of it by `failed`.
    this.#starting.catch(() => {});
  }

  #wire(): Wiring {
    const { name, clock, report } = this.#options;
    return wire({
      name,
      clock,
      sampling: this.#sampling,
      frames: this.#frames,
      counting: report === "full",
      owner: this,
      topology: this.topology,
      inflow: this.#inflow(),
      ownership: this.ownership,
      entry: this.#entry,
      unclaimed: this.#unclaimed,
    });
  }

  async #startNodes(wiring: Wiring): Promise<void> {
    if (this.#state !== "active") {
      // An adapter threw, or a listener stopped the stream, when it heard of the start.
      throw this.#error ?? new FloeError("stream/state", `"${this.name}" was stopped while it started`);
    }
    wiring.run.openGates();
    await startNodes(wiring, (thrown, stage) => void this.fail(thrown, stage));
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
    const trouble = await this.#closeNodes();
    this.#error ??= trouble;
    this.#become("closed");
    this.#closed.settle(this.#error ?? null);
  }

  /** A stream that never ran stays new; but what it was given is closed, and it lets go of it. */
  async #closeUnused(): Promise<void> {
    const closing = this.#closeNodes();
    this.topology.clear();
    this.#isClosedUnused = true;
    this.#closed.settle((await closing) ?? null);
  }

  /** Closes every node. Answers the first thing that went wrong. */
  async #closeNodes(): Promise<Error | undefined> {
    const troubles: Error[] = [];
    await closeNodes(this.topology.stages(), this.topology.sources, (thrown, stage) => {
      troubles.push(toError(thrown));
      this.#failedStage ||= stage;
    });
    return troubles[0];
  }

  /** Ends the run, if there is one; what throws on the way fails the stream. */
  #windDown(): Promise<void> {
    const wiring = this.#wired;
    if (wiring !== undefined) {
      this.#winding ??= windDown(wiring, (thrown, stage) => void this.fail(thrown, stage)).finally(() => {
        this.#winding = undefined;
        this.#wired = undefined;
        this.#forgetAbort();
      });
    }
    return this.#winding ?? Promise.resolve();
  }

  #become(state: StreamState): void {
    this.#state = state;
    for (const adapter of this.topology.adapters()) {
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

  #inflow(): readonly Flow[] {
    const fromSources = flowOf(this.topology.sources);
    if (this.#upstream !== undefined) {
      return [...this.#upstream.flow(), ...fromSources];
    }
    return this.topology.sources.length === 0 ? writtenFlow(this.name) : fromSources;
  }
}
