// The nodes of a stream and where they stand. Refuses what cannot be placed, before anything changes.
import { FloeError } from "../error/floe-error.js";
import type { Adapter, ExternalSource, Processor, SinkObject, Source } from "./adapter.js";
import { checkKinds, checkMethod, checkRetention } from "./adapter-check.js";
import type { Hop } from "./hop/hop.js";
import { NodeStats } from "./node-stats.js";
import type { Packet } from "./packet.js";
import type { Branch, BranchStage, QueueStage, SourceNode, Stage } from "./stage.js";

/** The highest order; the lowest is 0, and -1 means: behind everything so far. */
export const MAX_ORDER = 101;
const APPEND = -1;

/** Sources and stages, in the order in which they were named, and in the order in which they run. */
export class Topology {
  readonly #stream: string;
  #sources: SourceNode[] = [];
  #stages: Stage[] = [];
  readonly #numbers: Map<Stage, number> = new Map();

  constructor(stream: string) {
    this.#stream = stream;
  }

  /** In the order in which they were added. */
  get sources(): readonly SourceNode[] {
    return this.#sources;
  }

  /** In running order. In a numbered graph, sinks and branches stand behind the last stage. */
  stages(): readonly Stage[] {
    const isNumbered = this.#numbers.size > 0;
    const place = (stage: Stage): number => (isNumbered && isOutlet(stage) ? MAX_ORDER + 1 : stage.order);
    return this.#stages.toSorted((a, b) => place(a) - place(b));
  }

  /** All who may want to hear about the stream's state: sources, then processors as they run. */
  adapters(): readonly Adapter[] {
    const stages = this.stages().flatMap((stage): readonly Adapter[] => {
      switch (stage.type) {
        case "processor":
          return [stage.processor];
        case "hop":
          return [stage.hop];
        default:
          return [];
      }
    });
    return [...this.#sources.map(({ source }) => source), ...stages];
  }

  /** Adds a source whose life follows the stream's. */
  addSource(source: Source<Packet>): void {
    checkRetention(source.name, source.retention);
    this.#refuseTwice(source, source.name);
    this.#sources.push({
      type: "source",
      lifecycle: "stream",
      source,
      id: this.#idFor(source.name),
      stats: new NodeStats(),
    });
  }

  /** Adds a source that lives on its own. */
  addExternalSource(source: ExternalSource<Packet>): void {
    checkRetention(source.name, source.retention);
    this.#refuseTwice(source, source.name);
    this.#sources.push({
      type: "source",
      lifecycle: "external",
      source,
      id: this.#idFor(source.name),
      stats: new NodeStats(),
    });
  }

  /** Adds a processor: behind everything so far, or at its number. */
  addProcessor(processor: Processor<Packet, Packet>, order?: number): void {
    checkMethod(processor.name, processor, "process");
    checkRetention(processor.name, processor.retention);
    checkKinds(processor.name, processor.accepts);
    checkKinds(processor.name, processor.emits);
    this.#refuseTwice(processor, processor.name);
    this.#place(
      {
        type: "processor",
        processor,
        id: this.#idFor(processor.name),
        order: this.#orderFor(order),
        stats: new NodeStats(),
      },
      order,
    );
  }

  /** Adds a queue: behind everything so far, or at its number. */
  addQueue(
    name: string,
    { queue, turnBudgetUs, turn }: Pick<QueueStage, "queue" | "turnBudgetUs" | "turn">,
    order?: number,
  ): void {
    this.#place(
      {
        type: "queue",
        queue,
        turnBudgetUs,
        turn,
        id: this.#idFor(name),
        order: this.#orderFor(order),
        stats: new NodeStats(),
      },
      order,
    );
  }

  /** Adds a hop: behind everything so far, or at its number. */
  addHop(hop: Hop, order?: number): void {
    this.#refuseTwice(hop, hop.name);
    this.#place({ type: "hop", hop, id: this.#idFor(hop.name), order: this.#orderFor(order), stats: hop.stats }, order);
  }

  /** Adds a sink. `handle` is what `remove` will be asked for. */
  addSink(sink: SinkObject<Packet>, handle: object, name: string): void {
    checkMethod(name, sink, "write");
    checkRetention(name, sink.retention ?? "borrowed");
    checkKinds(name, sink.accepts ?? []);
    this.#refuseTwice(handle, name);
    this.#place(
      { type: "sink", sink, handle, id: this.#idFor(name), order: this.#orderFor(undefined), stats: new NodeStats() },
      undefined,
    );
  }

  /** Adds a branch. `handle` is what `remove` will be asked for. */
  addBranch(branch: Branch, handle: object): BranchStage {
    const order = this.#orderFor(undefined);
    const stage: BranchStage = {
      type: "branch",
      branch,
      handle,
      id: this.#idFor(branch.name),
      order,
      stats: new NodeStats(),
    };
    this.#place(stage, undefined);
    return stage;
  }

  /** Takes a source, processor, sink or branch out; false when it is not in. */
  remove(handle: object): boolean {
    const source = this.#sources.findIndex((node) => node.source === handle);
    if (source >= 0) {
      this.#sources.splice(source, 1);
      return true;
    }
    const index = this.#stages.findIndex((stage) => handleOf(stage) === handle);
    if (index < 0) {
      return false;
    }
    const [stage] = this.#stages.splice(index, 1);
    this.#numbers.delete(stage);
    return true;
  }

  /** Takes everything out. */
  clear(): void {
    this.#sources = [];
    this.#stages = [];
    this.#numbers.clear();
  }

  #place(stage: Stage, order: number | undefined): void {
    this.#stages.push(stage);
    if (order !== undefined && order !== APPEND) {
      this.#numbers.set(stage, order);
    }
  }

  #orderFor(order: number | undefined): number {
    if (order === undefined || order === APPEND) {
      return this.#stages.reduce((highest, stage) => Math.max(highest, stage.order), 0);
    }
    if (!Number.isInteger(order) || order < 0 || order > MAX_ORDER) {
      throw new FloeError("stream/order", `Order ${order} in "${this.#stream}" is not between 0 and ${MAX_ORDER}`, {
        fix: "Use 0 hop, 5 decode, 10 transform, 20 encode, 30 packetize, or -1 to append.",
      });
    }
    for (const [stage, taken] of this.#numbers) {
      if (taken === order) {
        throw new FloeError("stream/duplicate-order", `Order ${order} in "${this.#stream}" is taken by "${stage.id}"`, {
          fix: "Give each stage a number of its own.",
        });
      }
    }
    return order;
  }

  #refuseTwice(handle: object, name: string): void {
    if (
      this.#sources.some((node) => node.source === handle) ||
      this.#stages.some((stage) => handleOf(stage) === handle)
    ) {
      throw new FloeError("stream/duplicate-stage", `"${name}" is in "${this.#stream}" already`, {
        fix: "Make a second one.",
      });
    }
  }

  #idFor(name: string): string {
    const taken = new Set([...this.#sources, ...this.#stages].map(({ id }) => id));
    let id = name;
    for (let number = 2; taken.has(id); number++) {
      id = `${name}#${number}`;
    }
    return id;
  }
}

function isOutlet(stage: Stage): boolean {
  return stage.type === "sink" || stage.type === "branch";
}

function handleOf(stage: Stage): object {
  switch (stage.type) {
    case "processor":
      return stage.processor;
    case "sink":
    case "branch":
      return stage.handle;
    case "queue":
      return stage.queue;
    case "hop":
      return stage.hop;
  }
}
