// The work as a packet stream: a source, five processor classes, a sink.
import { type Emit, PacketStream, type PacketStreamOptions, type Processor, type Source } from "floe";
import {
  type AnyWork,
  accumulate,
  type Contender,
  mix,
  PicturePacket,
  rotate,
  SoundPacket,
  swap,
  WorkDigest,
  WorkMaker,
  whiten,
} from "./work.js";

const KINDS = [PicturePacket.kind, SoundPacket.kind];

class WorkSource implements Source<AnyWork> {
  readonly name = "work";
  readonly retention = "borrowed";
  readonly emits = KINDS;
  readonly #maker = new WorkMaker();
  #emit: Emit<AnyWork> = () => {};

  start(emit: Emit<AnyWork>): void {
    this.#emit = emit;
  }

  stop(): void {}

  bring(packets: number): void {
    const emit = this.#emit;
    for (let i = 0; i < packets; i++) {
      emit(this.#maker.next());
    }
  }
}

type WorkStage = Processor<AnyWork, AnyWork>;

class Whiten implements WorkStage {
  readonly name = "whiten";
  readonly retention = "borrowed";
  readonly accepts = KINDS;
  readonly emits = KINDS;
  process(packet: AnyWork, emit: Emit<AnyWork>): void {
    whiten(packet);
    emit(packet);
  }
}

class Rotate implements WorkStage {
  readonly name = "rotate";
  readonly retention = "borrowed";
  readonly accepts = KINDS;
  readonly emits = KINDS;
  process(packet: AnyWork, emit: Emit<AnyWork>): void {
    rotate(packet);
    emit(packet);
  }
}

class Accumulate implements WorkStage {
  readonly name = "accumulate";
  readonly retention = "borrowed";
  readonly accepts = KINDS;
  readonly emits = KINDS;
  process(packet: AnyWork, emit: Emit<AnyWork>): void {
    accumulate(packet);
    emit(packet);
  }
}

class Swap implements WorkStage {
  readonly name = "swap";
  readonly retention = "borrowed";
  readonly accepts = KINDS;
  readonly emits = KINDS;
  process(packet: AnyWork, emit: Emit<AnyWork>): void {
    swap(packet);
    emit(packet);
  }
}

class Mix implements WorkStage {
  readonly name = "mix";
  readonly retention = "borrowed";
  readonly accepts = KINDS;
  readonly emits = KINDS;
  process(packet: AnyWork, emit: Emit<AnyWork>): void {
    mix(packet);
    emit(packet);
  }
}

/** The graph as `options` say. */
export async function floeGraph(name: string, options: Partial<PacketStreamOptions>): Promise<Contender> {
  const source = new WorkSource();
  const digest = new WorkDigest();
  const stream = new PacketStream({ name, ...options })
    .source(source)
    .via(new Whiten())
    .via(new Rotate())
    .via(new Accumulate())
    .via(new Swap())
    .via(new Mix())
    .to({ name: "digest", write: (packet) => digest.take(packet) });
  await stream.start();
  return { digest, run: (packets) => source.bring(packets), close: () => stream.close() };
}
