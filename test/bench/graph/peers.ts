// The same work carried by others: Node streams, Web streams, EventEmitter, RxJS, and a loop that is written out by hand.
// Each is built as its manual says for speed: objects instead of bytes, no extra hops, default high-water marks.
import { EventEmitter } from "node:events";
import { Readable, Transform, type TransformCallback, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { map, Observable } from "rxjs";
import { type AnyWork, accumulate, type Contender, mix, rotate, swap, WorkDigest, WorkMaker, whiten } from "./work.js";

/** A loop that calls the five operations: what nothing that can be configured will beat. */
export function plainLoop(): Contender {
  const maker = new WorkMaker();
  const digest = new WorkDigest();
  const run = (packets: number): void => {
    for (let i = 0; i < packets; i++) {
      const packet = maker.next();
      whiten(packet);
      rotate(packet);
      accumulate(packet);
      swap(packet);
      mix(packet);
      digest.take(packet);
    }
  };
  return { digest, run };
}

class WorkReadable extends Readable {
  readonly #maker: WorkMaker;
  #left: number;

  constructor(maker: WorkMaker, packets: number) {
    super({ objectMode: true });
    this.#maker = maker;
    this.#left = packets;
  }

  override _read(): void {
    while (this.#left > 0) {
      this.#left--;
      if (!this.push(this.#maker.next())) {
        return;
      }
    }
    this.push(null);
  }
}

class WhitenTransform extends Transform {
  override _transform(packet: AnyWork, _encoding: BufferEncoding, done: TransformCallback): void {
    whiten(packet);
    done(null, packet);
  }
}

class RotateTransform extends Transform {
  override _transform(packet: AnyWork, _encoding: BufferEncoding, done: TransformCallback): void {
    rotate(packet);
    done(null, packet);
  }
}

class AccumulateTransform extends Transform {
  override _transform(packet: AnyWork, _encoding: BufferEncoding, done: TransformCallback): void {
    accumulate(packet);
    done(null, packet);
  }
}

class SwapTransform extends Transform {
  override _transform(packet: AnyWork, _encoding: BufferEncoding, done: TransformCallback): void {
    swap(packet);
    done(null, packet);
  }
}

class MixTransform extends Transform {
  override _transform(packet: AnyWork, _encoding: BufferEncoding, done: TransformCallback): void {
    mix(packet);
    done(null, packet);
  }
}

/** Node's streams: Readable, five Transforms in object mode, Writable. */
export function nodeTransform(): Contender {
  const maker = new WorkMaker();
  const digest = new WorkDigest();
  const objects = { objectMode: true };
  const run = (packets: number): Promise<void> =>
    pipeline(
      new WorkReadable(maker, packets),
      new WhitenTransform(objects),
      new RotateTransform(objects),
      new AccumulateTransform(objects),
      new SwapTransform(objects),
      new MixTransform(objects),
      new Writable({
        objectMode: true,
        write: (packet: AnyWork, _encoding, done) => {
          digest.take(packet);
          done();
        },
      }),
    );
  return { digest, run };
}

/** Web streams: ReadableStream, five TransformStreams, WritableStream. */
export function webTransform(): Contender {
  const maker = new WorkMaker();
  const digest = new WorkDigest();
  const through = (operation: (packet: AnyWork) => void): TransformStream<AnyWork, AnyWork> =>
    new TransformStream({
      transform: (packet, controller) => {
        operation(packet);
        controller.enqueue(packet);
      },
    });
  const run = (packets: number): Promise<void> => {
    let left = packets;
    return new ReadableStream<AnyWork>({
      pull: (controller) => {
        if (left-- > 0) {
          controller.enqueue(maker.next());
        } else {
          controller.close();
        }
      },
    })
      .pipeThrough(through(whiten))
      .pipeThrough(through(rotate))
      .pipeThrough(through(accumulate))
      .pipeThrough(through(swap))
      .pipeThrough(through(mix))
      .pipeTo(new WritableStream({ write: (packet) => digest.take(packet) }));
  };
  return { digest, run };
}

/** Six EventEmitters, each handing on by `emit`. */
export function eventEmitter(): Contender {
  const maker = new WorkMaker();
  const digest = new WorkDigest();
  const [first, ...rest] = Array.from({ length: 6 }, () => new EventEmitter());
  let from = first;
  for (const [i, operation] of [whiten, rotate, accumulate, swap, mix].entries()) {
    const to = rest[i];
    from.on("packet", (packet: AnyWork) => {
      operation(packet);
      to.emit("packet", packet);
    });
    from = to;
  }
  from.on("packet", (packet: AnyWork) => digest.take(packet));
  const run = (packets: number): void => {
    for (let i = 0; i < packets; i++) {
      first.emit("packet", maker.next());
    }
  };
  return { digest, run };
}

/** RxJS: an Observable through five maps. */
export function rxjsMap(): Contender {
  const maker = new WorkMaker();
  const digest = new WorkDigest();
  const through = (operation: (packet: AnyWork) => void) =>
    map((packet: AnyWork) => {
      operation(packet);
      return packet;
    });
  const run = (packets: number): void => {
    new Observable<AnyWork>((subscriber) => {
      for (let i = 0; i < packets; i++) {
        subscriber.next(maker.next());
      }
      subscriber.complete();
    })
      .pipe(through(whiten), through(rotate), through(accumulate), through(swap), through(mix))
      .subscribe((packet) => digest.take(packet));
  };
  return { digest, run };
}
