// A stream as the source of another one: what leaves its end goes into that one, lent.
import { FloeError } from "../error/floe-error.js";
import { Signal } from "../signal/signal.js";
import type { Demand, Emit, ExternalSource, Retention, Source } from "./adapter.js";
import type { Packet, PacketKind } from "./packet.js";

/** What a stream must be for that. */
export interface SourceStream {
  readonly name: string;
  readonly failed: Signal<Error>;
  start(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Led by the stream that it feeds, or only listened to. It is a sink of its own stream all the while. */
export class StreamSource<P extends Packet> implements Source<P>, ExternalSource<P> {
  readonly retention: Retention = "borrowed";
  /** The other stream has credit again: what waits in its own stream's queues goes on. */
  readonly drained: Signal = new Signal();
  readonly #stream: SourceStream;
  readonly #emits: () => readonly PacketKind<P>[];
  #emit: Emit<P> | undefined;
  #demand: Demand | undefined;
  #listening: Disposable | undefined;
  #isAsked = false;

  /** `emits` answers what leaves the end of the stream, by declaration. */
  constructor(stream: SourceStream, emits: () => readonly PacketKind<P>[]) {
    this.#stream = stream;
    this.#emits = emits;
  }

  get name(): string {
    return this.#stream.name;
  }

  /** Throws FloeError `stream/cycle` when the answer would be a question to itself. */
  get emits(): readonly PacketKind<P>[] {
    if (this.#isAsked) {
      throw new FloeError("stream/cycle", `"${this.name}" is, over other streams or alone, a source of itself`, {
        fix: "Let packets that go round leave the graph and come back by write().",
      });
    }
    this.#isAsked = true;
    try {
      return this.#emits();
    } finally {
      this.#isAsked = false;
    }
  }

  get failed(): Signal<Error> {
    return this.#stream.failed;
  }

  /** The sink at the end of its stream; full while the other stream has no credit. */
  get ready(): boolean {
    return this.#demand?.ready !== false;
  }

  write(packet: P): void {
    this.#emit?.(packet);
  }

  start(emit: Emit<P>, demand?: Demand): Promise<void> {
    this.#emit = emit;
    this.#demand = demand;
    this.#listening = demand?.drained.on(() => this.drained.emit());
    return this.#stream.start();
  }

  async stop(): Promise<void> {
    this.#listening?.[Symbol.dispose]();
    this.#demand = undefined;
    await this.#stream.stop();
    this.#emit = undefined;
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  connect(emit: Emit<P>): Disposable {
    this.#emit = emit;
    return {
      [Symbol.dispose]: () => {
        this.#emit = undefined;
      },
    };
  }
}
