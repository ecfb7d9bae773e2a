// Small stages for the graph's tests.
import type { Demand, Emit, Processor, Retention, Source } from "../../../src/core/stream/adapter.js";
import { PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { definePacket, type Packet, type PacketKind } from "../../../src/core/stream/packet.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import type { StreamState } from "../../../src/core/stream/stream-state.js";

/** Text as a raw packet that lends its bytes. */
export function raw(text: string, flags = 0): RawPacket {
  return RawPacket.borrow(bytesOf(text), { flags });
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(packet: { readonly data: Uint8Array }): string {
  return new TextDecoder().decode(packet.data);
}

export function video(sequence: number, isKey = false): PlainEncodedVideo {
  return new PlainEncodedVideo({
    codec: "h264",
    data: new Uint8Array([sequence]),
    isKey,
    timeUs: sequence * 1000,
    ownsData: true,
  });
}

/** A packet of a kind that no stage of these tests accepts, unless it says so. */
export interface NotePacket extends Packet {
  readonly note: string;
}
export const Note: PacketKind<NotePacket> = definePacket<NotePacket>("note");

export function note(text: string): NotePacket {
  return { kind: Note, flags: 0, timeUs: 0, byteLength: text.length, note: text, clone: () => note(text) };
}

/** A source that emits when the test says so. */
export class TestSource<P extends Packet = RawPacket> implements Source<P> {
  readonly name: string;
  readonly retention: Retention;
  readonly emits: readonly PacketKind<P>[];
  readonly log: string[];
  readonly states: StreamState[] = [];
  demand: Demand | undefined;
  #emit: Emit<P> | undefined;

  constructor(
    emits: readonly PacketKind<P>[],
    { name = "source", retention = "borrowed" as Retention, log = [] as string[] } = {},
  ) {
    this.emits = emits;
    this.name = name;
    this.retention = retention;
    this.log = log;
  }

  start(emit: Emit<P>, demand?: Demand): void {
    this.#emit = emit;
    this.demand = demand;
    this.log.push(`${this.name}.start`);
  }

  stop(): void {
    this.log.push(`${this.name}.stop`);
  }

  close(): void {
    this.log.push(`${this.name}.close`);
  }

  streamStateChanged(state: StreamState): void {
    this.states.push(state);
  }

  /** Late calls are possible: the function of the last start is kept. */
  emit(packet: P): void {
    this.#emit?.(packet);
  }
}

export function rawSource(
  options: { name?: string; retention?: Retention; log?: string[] } = {},
): TestSource<RawPacket> {
  return new TestSource([RawPacket.kind], options);
}

/** Appends its name to the text. */
export class Tag implements Processor<RawPacket, RawPacket> {
  readonly name: string;
  readonly retention: Retention = "borrowed";
  readonly accepts: readonly PacketKind<RawPacket>[] = [RawPacket.kind];
  readonly emits: readonly PacketKind<RawPacket>[] = [RawPacket.kind];
  readonly log: string[];

  constructor(name: string, log: string[] = []) {
    this.name = name;
    this.log = log;
  }

  process(packet: RawPacket, emit: Emit<RawPacket>): void {
    emit(RawPacket.borrow(bytesOf(textOf(packet) + this.name), packet));
  }

  stop(): void {
    this.log.push(`${this.name}.stop`);
  }

  close(): void {
    this.log.push(`${this.name}.close`);
  }
}

/** Keeps packets and emits them when the test (or stop) says so. */
export class Deferred implements Processor<RawPacket, RawPacket> {
  readonly name: string;
  readonly retention: Retention;
  readonly accepts: readonly PacketKind<RawPacket>[] = [RawPacket.kind];
  readonly emits: readonly PacketKind<RawPacket>[] = [RawPacket.kind];
  readonly held: RawPacket[] = [];
  readonly log: string[];
  #emit: Emit<RawPacket> | undefined;

  constructor(name: string, { retention = "cloned" as Retention, log = [] as string[] } = {}) {
    this.name = name;
    this.retention = retention;
    this.log = log;
  }

  process(packet: RawPacket, emit: Emit<RawPacket>): void {
    this.#emit = emit;
    this.held.push(this.retention === "retained" ? packet : packet.clone());
  }

  /** Emits the oldest packet that is held. */
  emitOne(): void {
    const packet = this.held.shift();
    if (packet !== undefined) {
      this.#emit?.(packet);
    }
  }

  async stop(): Promise<void> {
    this.log.push(`${this.name}.stop`);
    await Promise.resolve();
    while (this.held.length > 0) {
      this.emitOne();
    }
  }

  close(): void {
    this.log.push(`${this.name}.close`);
  }
}

/** Lets every microtask that is due run. */
export async function turns(count = 30): Promise<void> {
  for (let i = 0; i < count; i++) {
    await Promise.resolve();
  }
}

/** Brings numbered packets as long as there is credit, and goes on when it hears of more. */
export class HeedingSource implements Source<RawPacket> {
  readonly name = "source";
  readonly retention = "borrowed";
  readonly emits = [RawPacket.kind];
  readonly #total: number;
  brought = 0;
  #listening: Disposable | undefined;

  constructor(total: number) {
    this.#total = total;
  }

  start(emit: Emit<RawPacket>, demand?: Demand): void {
    const pump = (): void => {
      while (demand !== undefined && demand.credit > 0 && this.brought < this.#total) {
        emit(raw(`${this.brought++}`));
      }
    };
    this.#listening = demand?.drained.on(pump);
    pump();
  }

  stop(): void {
    this.#listening?.[Symbol.dispose]();
  }
}

/** One packet in, `times` packets out. */
export class Burst extends Tag {
  readonly #times: number;

  constructor(times: number) {
    super("burst");
    this.#times = times;
  }

  override process(packet: RawPacket, emit: Emit<RawPacket>): void {
    for (let i = 0; i < this.#times; i++) {
      emit(packet);
    }
  }
}
