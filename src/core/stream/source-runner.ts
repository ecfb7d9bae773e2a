// Leads one source through one run: starts it once, waits for a start that is under way, stops it once.
import type { Demand } from "./adapter.js";
import type { Next, SourceNode } from "./stage.js";

/** One source during one run. */
export class SourceRunner {
  readonly id: string;
  readonly #node: SourceNode;
  readonly #emit: Next;
  readonly #demand: Demand;
  #starting: Promise<void> | undefined;
  #connection: Disposable | undefined;

  constructor(node: SourceNode, emit: Next, demand: Demand) {
    this.id = node.id;
    this.#node = node;
    this.#emit = emit;
    this.#demand = demand;
  }

  /** Starts or connects it. Rejects with what the source throws. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  /** Stops or disconnects it, after a pending start has settled. Rejects with what the source throws. */
  async stop(): Promise<void> {
    if (this.#starting === undefined) {
      return;
    }
    const hasStarted = await this.#starting.then(
      () => true,
      () => false,
    );
    this.#starting = undefined;
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
    if (this.#node.lifecycle === "stream" && hasStarted) {
      await this.#node.source.stop();
    }
  }

  async #start(): Promise<void> {
    if (this.#node.lifecycle === "external") {
      this.#connection = this.#node.source.connect(this.#emit);
    } else {
      await this.#node.source.start(this.#emit, this.#demand);
    }
  }
}
