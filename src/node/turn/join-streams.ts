// A client's stream and a peer's connection made one (RFC 6062 5.4): each is read no faster than the other takes it, and than the
// allocation's rate allows.
import type { Socket } from "node:net";
import type { Clock } from "../../core/time/clock.js";
import { milliseconds } from "../../core/time/units.js";

/** How long a stream over its rate rests. */
const REST_MS = 20;

/** What is joined. */
export type JoinedStreams = {
  readonly client: Socket;
  readonly peer: Socket;
  /** What the client sent before it was joined. */
  readonly early: Uint8Array;
  readonly clock: Clock;
  readonly admit: (direction: "to-peer" | "to-client", lengthBytes: number) => boolean;
};

/** Joins them until either ends; the other is closed by whoever hears of the end. */
export function joinStreams({ client, peer, early, clock, admit }: JoinedStreams): void {
  client.removeAllListeners("data");
  pump(client, peer, clock, (lengthBytes) => admit("to-peer", lengthBytes), early);
  pump(peer, client, clock, (lengthBytes) => admit("to-client", lengthBytes), new Uint8Array());
}

function pump(
  from: Socket,
  to: Socket,
  clock: Clock,
  admit: (lengthBytes: number) => boolean,
  early: Uint8Array,
): void {
  let rest: Disposable | undefined;
  const pass = (bytes: Uint8Array): void => {
    if (!to.writable || from.destroyed) {
      return;
    }
    if (!admit(bytes.length)) {
      from.pause();
      rest = clock.schedule(clock.nowUs() + milliseconds(REST_MS), () => pass(bytes));
    } else if (to.write(bytes)) {
      from.resume();
    } else {
      from.pause();
    }
  };
  to.on("drain", () => from.resume());
  from.on("data", pass);
  from.once("close", () => rest?.[Symbol.dispose]());
  if (early.length > 0) {
    pass(early);
  } else {
    from.resume();
  }
}
