// The stream's side of a hop: greets the worker, sends it packets and the stream's verbs, and takes what comes back.
import { FloeError } from "../../error/floe-error.js";
import { Signal } from "../../signal/signal.js";
import { DeadlineTimer } from "../../time/deadline-timer.js";
import type { Micros } from "../../time/units.js";
import type { Adapter, Retention } from "../adapter.js";
import { NodeStats } from "../node-stats.js";
import type { Packet } from "../packet.js";
import type { StreamState } from "../stream-state.js";
import { toError } from "../thrown.js";
import type { HopContract } from "./hop-contract.js";
import { fromWire, HopChannel, type HopMessage, type HopVerb } from "./hop-message.js";
import type { HopPort } from "./hop-port.js";
import { Inbox, type MayDeliver } from "./inbox.js";
import { Outbox } from "./outbox.js";
import { type Lanes, openLanes, planWires } from "./wires.js";

/** How a hop behaves; every field decided. */
export type HopSettings = {
  readonly name: string;
  readonly turnBudgetUs: Micros;
  /** How long a worker that is asked to stop or to close may be silent. */
  readonly patienceUs: Micros;
  readonly wire: "auto" | "messages";
};

/** What a run of the stream does with what comes back. */
export type HopOutlet = {
  /** Takes a packet that is its own from then on. Does not throw. */
  readonly deliver: (packet: Packet) => void;
  readonly mayDeliver: () => MayDeliver;
};

/** Where the worker's half is: `new` until the stream starts first, `greeting` until it answers. */
type Phase = "new" | "greeting" | "open" | "gone";

/** Somebody waits until the worker's half has done this. */
type Awaited = { readonly verb: HopVerb; readonly settle: () => void };

/** A visible node of a stream: the stages between its two ends run in another thread. */
export class Hop implements Adapter {
  readonly name: string;
  readonly retention: Retention = "cloned";
  /** The worker is gone, its half has failed, or it does not answer. */
  readonly failed: Signal<Error> = new Signal();
  readonly contract: HopContract<Packet, Packet>;
  readonly stats: NodeStats = new NodeStats();
  readonly outbox: Outbox;
  readonly #port: HopPort;
  readonly #channel: HopChannel;
  readonly #settings: HopSettings;
  readonly #watchdog: DeadlineTimer;
  #inbox: Inbox;
  /** What the watchdog waits for; nothing while that is in the infinite past. */
  #deadlineUs: Micros = Number.NEGATIVE_INFINITY;
  #phase: Phase = "new";
  #listening: Disposable | undefined;
  #greeting: Extract<HopMessage, { readonly type: "hello" }> | undefined;
  /** What was asked of a worker that does not listen yet. */
  #unasked: HopMessage[] = [];
  #lanes: Lanes | undefined;
  #outlet: HopOutlet | undefined;
  #isStarted = false;
  /** What comes back goes on whoever is full. */
  #isFlushing = false;
  #awaited: Awaited | undefined;
  #returnedPackets = 0;
  #returnedBytes = 0;

  constructor(port: HopPort, contract: HopContract<Packet, Packet>, settings: HopSettings) {
    this.name = settings.name;
    this.contract = contract;
    this.#port = port;
    this.#channel = new HopChannel(port, contract.name);
    this.#settings = settings;
    this.outbox = new Outbox(contract.to, {
      hop: settings.name,
      clock: port.clock,
      stats: this.stats,
      maxFrameBytes: contract.ringBytes / 2,
      onBroken: (thrown) => this.failed.emit(toError(thrown)),
    });
    this.#inbox = this.#makeInbox();
    this.#watchdog = new DeadlineTimer(port.clock, () => this.#lose(this.#silence()));
  }

  /** How packets travel, once that is decided. */
  get wire(): "ring" | "messages" | undefined {
    return this.#greeting?.wires.type;
  }

  /** What came back so far. */
  get returned(): { readonly packets: number; readonly bytes: number } {
    return { packets: this.#returnedPackets, bytes: this.#returnedBytes };
  }

  /** A run of the stream begins. */
  attach(outlet: HopOutlet): void {
    this.#outlet = outlet;
  }

  /** The run has ended: what waits, and what comes from now on, is late. */
  detach(): void {
    this.#outlet = undefined;
    this.outbox.clear();
    this.#inbox.wake();
  }

  /** What stands behind takes packets again. */
  wake(): void {
    this.#inbox.wake();
  }

  /** Throws FloeError `hop/worker-ended` when a stream starts whose worker is gone. */
  streamStateChanged(state: StreamState): void {
    if (state === "active") {
      this.#activate();
    } else if (state === "paused" && this.#isStarted) {
      this.outbox.hold();
      this.#ask("pause");
    }
  }

  /** Empties the worker's half into the stream and stops it. A worker that does not answer fails the hop. */
  async flush(): Promise<void> {
    if (!this.#isStarted) {
      return;
    }
    this.#isFlushing = true;
    this.#watch();
    this.outbox.release();
    this.#inbox.wake();
    await this.outbox.emptied();
    await this.#askAndWait("stop");
    this.#isFlushing = false;
    this.#isStarted = false;
  }

  /** Ends the worker's half and lets go of the worker, which is its user's to terminate. */
  async close(): Promise<void> {
    this.outbox.clear();
    await this.#askAndWait("close");
    this.#letGo();
  }

  #activate(): void {
    if (this.#phase === "gone") {
      throw this.#ended("ended before the stream started");
    }
    if (this.#phase === "new") {
      this.#greet();
    }
    this.#ask(this.#isStarted ? "resume" : "start");
    this.#isStarted = true;
    this.outbox.release();
  }

  #greet(): void {
    const { to, back, ringBytes } = this.contract;
    const wires = planWires(this.#port.canShare && this.#settings.wire === "auto", ringBytes);
    this.#phase = "greeting";
    this.#greeting = { type: "hello", to: to.codecs.signature, back: back.codecs.signature, wires };
    this.#lanes = openLanes(wires, "stream", this.#channel);
    this.#listening = this.#channel.listen(
      (message) => this.#handle(message),
      (error) => this.#lose(this.#ended(`has ended: ${error.message}`, error)),
    );
    this.#channel.post(this.#greeting);
  }

  #handle(message: HopMessage): void {
    this.#touch();
    switch (message.type) {
      case "here":
        // It has begun to listen after hello was sent, and may have missed it.
        if (this.#phase === "greeting" && this.#greeting !== undefined) {
          this.#channel.post(this.#greeting);
        }
        break;
      case "ready":
        this.#open();
        break;
      case "done":
        this.#inbox.step(message.behind, () => this.#hasDone(message.verb));
        break;
      case "failed":
        this.#inbox.step(message.behind, () => this.failed.emit(fromWire(message.failure)));
        break;
      default:
        this.#lanes?.handle(message);
    }
  }

  #open(): void {
    if (this.#phase !== "greeting" || this.#lanes === undefined) {
      return;
    }
    this.#phase = "open";
    for (const message of this.#unasked) {
      this.#channel.post(message);
    }
    this.#unasked = [];
    this.outbox.connect(this.#lanes.writer);
    this.#inbox.connect(this.#lanes.reader);
  }

  #deliver(packet: Packet): void {
    this.#touch();
    if (this.#outlet === undefined) {
      this.stats.drop("late");
      packet.release?.();
      return;
    }
    this.#returnedPackets++;
    this.#returnedBytes += packet.byteLength;
    this.#outlet.deliver(packet);
  }

  #mayDeliver(): MayDeliver {
    return this.#outlet === undefined || this.#isFlushing ? "yes" : this.#outlet.mayDeliver();
  }

  #ask(verb: HopVerb): void {
    const message: HopMessage = { type: "ask", verb, behind: this.outbox.frames };
    this.outbox.steps++;
    if (this.#phase === "greeting") {
      this.#unasked.push(message);
    } else {
      this.#channel.post(message);
    }
  }

  async #askAndWait(verb: HopVerb): Promise<void> {
    if (this.#phase === "new" || this.#phase === "gone") {
      return;
    }
    const done = new Promise<void>((settle) => {
      this.#awaited = { verb, settle };
    });
    this.#watch();
    this.#ask(verb);
    await done;
  }

  #hasDone(verb: HopVerb): void {
    if (this.#awaited?.verb === verb) {
      this.#rest();
      this.#awaited.settle();
      this.#awaited = undefined;
    } else if (verb === "close") {
      this.#lose(this.#ended("has closed its half"));
    }
  }

  #watch(): void {
    const { patienceUs } = this.#settings;
    const deadlineUs = this.#port.clock.nowUs() + patienceUs;
    // Not for every packet: a timer costs more than one.
    if (deadlineUs - this.#deadlineUs > patienceUs / 8) {
      this.#deadlineUs = deadlineUs;
      this.#watchdog.set(deadlineUs);
    }
  }

  #rest(): void {
    this.#deadlineUs = Number.NEGATIVE_INFINITY;
    this.#watchdog.set(undefined);
  }

  /** The worker lives: whoever waits for it waits on. */
  #touch(): void {
    if (this.#awaited !== undefined || this.#isFlushing) {
      this.#watch();
    }
  }

  /** There is nobody on the other side any more. What has come from there still counts. */
  #lose(error: Error): void {
    if (this.#phase === "new" || this.#phase === "gone") {
      return;
    }
    const isExpected = this.#awaited?.verb === "close";
    try {
      this.#inbox.drain();
    } catch {
      // A frame that its writer never finished: the worker's end says more than that.
    }
    // It may live on after an error that nobody caught: then its half ends.
    this.#ask("close");
    this.#letGo();
    this.#phase = "gone";
    if (!isExpected) {
      this.failed.emit(error);
    }
  }

  /** Ends the way to the other side; whoever waits for it goes on. */
  #letGo(): void {
    this.#phase = "new";
    this.#rest();
    this.#listening?.[Symbol.dispose]();
    this.#lanes?.writer.close();
    this.outbox.disconnect();
    this.#inbox.close();
    this.#inbox = this.#makeInbox();
    this.#unasked = [];
    this.#isStarted = false;
    this.#awaited?.settle();
    this.#awaited = undefined;
  }

  #makeInbox(): Inbox {
    const { contract } = this;
    return new Inbox({
      codecs: contract.back.codecs,
      clock: this.#port.clock,
      turnBudgetUs: this.#settings.turnBudgetUs,
      deliver: (packet) => this.#deliver(packet),
      mayDeliver: () => this.#mayDeliver(),
      onBroken: (thrown) => this.#lose(toError(thrown)),
    });
  }

  #ended(what: string, cause?: Error): FloeError {
    return new FloeError("hop/worker-ended", `The worker behind hop "${this.name}" ${what}`, { cause });
  }

  #silence(): FloeError {
    const seconds = this.#settings.patienceUs / 1_000_000;
    return new FloeError("hop/silent", `The worker behind hop "${this.name}" has not answered for ${seconds} s`, {
      fix: "Check that it calls serveHop with the same contract and that its stages return.",
    });
  }
}
