// Log lines to a stream, stderr as a rule: never blocks on a reader that went away, never grows without bound.
import type { Writable } from "node:stream";
import type { LogSink } from "../../core/diagnosis/log-output.js";

/** Past this many unread bytes the reader has stopped reading; lines are then dropped and counted. */
const MAX_PENDING_BYTES = 1 << 20;

/** A sink that writes lines to `stream`. While the reader stands still, lines are dropped, and their count is told after. */
export function streamSink(stream: Writable): LogSink {
  let dropped = 0;
  let isGone = false;
  // Without a listener a closed pipe (EPIPE) would take the process down.
  stream.on("error", () => {
    isGone = true;
  });
  return (line) => {
    if (isGone) {
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
