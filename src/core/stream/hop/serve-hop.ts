// The worker's side of a hop: builds its half of the graph and leads it by what the stream asks.
import { FloeError } from "../../error/floe-error.js";
import { milliseconds } from "../../time/units.js";
import type { Demand, Emit, Retention, Source } from "../adapter.js";
import type { ChoosingSink } from "../fits.js";
import { FlagPacket } from "../flag-packet.js";
import type { GraphReport } from "../graph-report.js";
import type { Packet, PacketKind } from "../packet.js";
import { PacketStream } from "../packet-stream.js";
import { type Settleable, settleable } from "../settling.js";
import { toError } from "../thrown.js";
import type { HopContract } from "./hop-contract.js";
import { HopChannel, type HopMessage, type HopVerb, toWire } from "./hop-message.js";
import type { HopPort } from "./hop-port.js";
import { Inbox, type MayDeliver } from "./inbox.js";
import { Outbox, reportOutbox } from "./outbox.js";
import { type Lanes, openLanes } from "./wires.js";

/** How the worker's half behaves. */
export type ServeHopOptions = {
  /** Longest piece of one turn of the worker's event loop, milliseconds. Default 5. */
  readonly maxTurnMs?: number;
};

/** The worker's half of a hop. */
export interface HopHalf extends AsyncDisposable {
  /** Settles when the half has ended: with null, or with the error that it failed by. Never rejects. */
  readonly closed: Promise<Error | null>;
  /** Counters of the half's stream. */
  report(): GraphReport;
  /** Ends the half from this side: to the stream the worker has ended. Twice is quiet. */
  close(): Promise<void>;
}

/**
 * Serves one hop. `build` gets what crosses as a stream, adds its stages, and returns the stream whose end goes back; the
 * half starts, pauses, stops and ends with the stream on the other side, and an error of it is an error there, with code
 * and message. In Node, and the same in a browser's worker with `hopPort(self)`:
 *
 * ```ts
 * import { parentPort } from "node:worker_threads";
 * import { serveHop } from "floe";
 * import { hopPort } from "floe/node";
 *
 * serveHop(hopPort(parentPort), contract, (input) => input.via(new Decoder()));
 * ```
 *
 * and in the stream `.hop(hopPort(worker), contract)`.
 */
export function serveHop<To extends Packet, Back extends Packet, Out extends Packet>(
  port: HopPort,
  contract: HopContract<To, Back>,
  build: (input: PacketStream<To>) => PacketStream<Out>,
  { maxTurnMs = 5 }: ServeHopOptions = {},
): HopHalf {
  return new ServedHop(port, contract, build as unknown as Build, maxTurnMs);
}

/** The node that stands for the way back. */
const BACK = "hop-back";

type Build = (input: PacketStream<Packet>) => PacketStream<Packet>;

class ServedHop implements HopHalf {
  readonly #contract: HopContract<Packet, Packet>;
  readonly #channel: HopChannel;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #listening: Disposable;
  readonly #input: PacketStream<Packet>;
  readonly #closed: Settleable<Error | null> = settleable();
  /** What `build` gave back; the input when it threw. */
  #output: PacketStream<Packet>;
  #lanes: Lanes | undefined;
  #emit: Emit<Packet> = () => {};
  #demand: Demand | undefined;
  #error: Error | undefined;
  /** Why this half can never run. */
  #misfit: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(port: HopPort, contract: HopContract<Packet, Packet>, build: Build, maxTurnMs: number) {
    this.#contract = contract;
    this.#channel = new HopChannel(port, contract.name);
    this.#outbox = new Outbox(contract.back, {
      hop: contract.name,
      clock: port.clock,
      maxFrameBytes: contract.ringBytes / 2,
      onBroken: (thrown) => this.#fail(toError(thrown)),
    });
    this.#inbox = new Inbox({
      codecs: contract.to.codecs,
      clock: port.clock,
      turnBudgetUs: milliseconds(maxTurnMs),
      deliver: (packet) => this.#emit(packet),
      mayDeliver: () => this.#mayDeliver(),
      onBroken: (thrown) => this.#fail(toError(thrown)),
    });
    this.#outbox.drained.on(() => this.#inbox.wake());
    // Failed is not closed: the other side decides what becomes of it.
    this.#input = new PacketStream<Packet>({ name: contract.name, clock: port.clock, closeOnError: false });
    this.#input.source(this.#source());
    this.#output = this.#build(build);
    this.#listening = this.#channel.listen(
      (message) => this.#handle(message),
      () => void this.close(),
    );
    this.#channel.post({ type: "here" });
  }

  get closed(): Promise<Error | null> {
    return this.#closed.promise;
  }

  report(): GraphReport {
    const report = this.#output.report();
    return {
      ...report,
      nodes: report.nodes.map((node) => (node.id === BACK ? { ...node, ...reportOutbox(this.#outbox) } : node)),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #build(build: Build): PacketStream<Packet> {
    const input = this.#input;
    try {
      const output = build(input);
      if (this.#contract.back.kinds.length > 0) {
        output.to(this.#sink());
      }
      for (const stream of new Set([input, output])) {
        stream.failed.on((error) => this.#fail(error));
      }
      return output;
    } catch (thrown) {
      this.#misfit = toError(thrown);
      return input;
    }
  }

  #source(): Source<Packet> {
    return {
      name: "hop",
      retention: "cloned",
      emits: [...this.#contract.to.kinds, FlagPacket.kind],
      start: (emit, demand) => {
        this.#emit = emit;
        this.#demand = demand;
      },
      stop: () => {},
    };
  }

  #sink(): ChoosingSink<Packet> {
    const outbox = this.#outbox;
    const accepts: readonly PacketKind[] = [...this.#contract.back.kinds, FlagPacket.kind];
    const retention: Retention = "cloned";
    return {
      name: BACK,
      accepts,
      retention,
      drained: outbox.drained,
      get ready(): boolean {
        return !outbox.queue.isFull;
      },
      write: (packet) => void outbox.push(packet),
    };
  }

  #handle(message: HopMessage): void {
    switch (message.type) {
      case "hello":
        this.#greet(message);
        break;
      case "ask":
        this.#inbox.step(message.behind, () => this.#obey(message.verb));
        break;
      default:
        this.#lanes?.handle(message);
    }
  }

  #greet(hello: Extract<HopMessage, { readonly type: "hello" }>): void {
    if (this.#lanes !== undefined) {
      return;
    }
    const { to, back } = this.#contract;
    this.#lanes = openLanes(hello.wires, "worker", this.#channel);
    this.#outbox.connect(this.#lanes.writer);
    this.#inbox.connect(this.#lanes.reader);
    this.#channel.post({ type: "ready" });
    if (to.codecs.signature !== hello.to || back.codecs.signature !== hello.back) {
      this.#misfit ??= this.#mismatch(hello);
    }
    if (this.#misfit !== undefined) {
      this.#fail(this.#misfit);
    }
  }

  #obey(verb: HopVerb): void | Promise<void> {
    switch (verb) {
      case "start":
        return this.#start();
      case "pause":
        this.#each((stream) => stream.pause());
        return undefined;
      case "resume":
        this.#each((stream) => stream.resume());
        return undefined;
      case "stop":
        return this.#stop().then(() => this.#done(verb));
      case "close":
        void this.close();
        return undefined;
    }
  }

  /** Only until packets flow: a source of the half's own may take its time. */
  async #start(): Promise<void> {
    if (this.#misfit !== undefined) {
      return;
    }
    this.#error = undefined;
    if (this.#input.state === "error" || this.#output.state === "error") {
      await this.#stop();
    }
    this.#each((stream) => void stream.start().catch((thrown) => this.#fail(toError(thrown))));
  }

  async #stop(): Promise<void> {
    // What goes wrong on the way down has been told by `failed`.
    await this.#input.stop().catch(() => {});
    await this.#output.stop().catch(() => {});
    await this.#outbox.emptied();
  }

  async #close(): Promise<void> {
    await this.#input.close();
    await this.#output.close();
    this.#outbox.clear();
    this.#done("close");
    this.#lanes?.writer.close();
    this.#inbox.close();
    this.#listening[Symbol.dispose]();
    this.#closed.settle(this.#error ?? null);
  }

  #done(verb: HopVerb): void {
    this.#outbox.steps++;
    this.#channel.post({ type: "done", verb, behind: this.#outbox.frames });
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#outbox.steps++;
    this.#channel.post({ type: "failed", failure: toWire(error), behind: this.#outbox.frames });
  }

  #mayDeliver(): MayDeliver {
    return this.#demand?.ready === false ? "full" : "yes";
  }

  /** The output first, so that it takes what the input sends it. */
  #each(step: (stream: PacketStream<Packet>) => void): void {
    step(this.#output);
    if (this.#input !== this.#output) {
      step(this.#input);
    }
  }

  #mismatch(hello: Extract<HopMessage, { readonly type: "hello" }>): FloeError {
    const { name, to, back } = this.#contract;
    return new FloeError(
      "hop/contract",
      `The two sides of hop "${name}" differ: ${hello.to} / ${hello.back} there, ${to.codecs.signature} / ${back.codecs.signature} in the worker`,
      { fix: "Let both sides import one contract." },
    );
  }
}
