// Log lines to a stream, stderr as a rule: never blocks on a reader that went away, never grows without bound.
import type { Writable } from "node:stream";
import type { LogSink } from "../../core/diagnosis/log-output.js";

/** Past this many unread bytes the reader has stopped reading; lines are then dropped and counted. */
const MAX_PENDING_BYTES = 1 << 20;

/** A sink that writes lines to `stream`. While the reader stands still, lines are dropped, and their count is told after. */
export function streamSink(stream: Writable): LogSink {
  const reader = watch(stream);
  let dropped = 0;
  return (line) => {
    if (reader.isGone) {
      return;
    }
    if (stream.writableLength > MAX_PENDING_BYTES) {
      dropped++;
      return;
    }
    if (dropped > 0) {
      stream.write(`${dropped} log lines dropped: the reader was too slow\n`);
      dropped = 0;
    }
    stream.write(`${line}\n`);
  };
}

/** Every stream is watched once, however many loggers write to it. */
const readers = new WeakMap<Writable, { isGone: boolean }>();

function watch(stream: Writable): { readonly isGone: boolean } {
  let reader = readers.get(stream);
  if (reader === undefined) {
    const state = { isGone: false };
    // Without a listener a closed pipe (EPIPE) would take the process down.
    stream.on("error", () => {
      state.isGone = true;
    });
    readers.set(stream, state);
    reader = state;
  }
  return reader;
}
