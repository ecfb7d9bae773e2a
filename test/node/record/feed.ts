// Writes packets to a recording as a source does that can wait: no more than it has room for.

import type { SinkObject } from "../../../src/core/stream/adapter.js";
import type { Packet } from "../../../src/core/stream/packet.js";

/** Resolves when all are written. */
export async function feed<P extends Packet>(sink: SinkObject<P>, packets: Iterable<P>): Promise<void> {
  for (const packet of packets) {
    await room(sink);
    sink.write(packet);
  }
}

/** Resolves when the sink has room. */
export async function room({ ready, drained }: Pick<SinkObject<never>, "ready" | "drained">): Promise<void> {
  if (ready === false) {
    await new Promise<void>((done) => {
      const listening = drained?.on(() => {
        listening?.[Symbol.dispose]();
        done();
      });
    });
  }
}
