// A process that records, for tests that kill it: writes as much media as it is told to, and says how far it came.
import { seconds } from "../../../src/core/time/units.js";
import type { RecordingFormat } from "../../../src/node/record/container.js";
import { Recording } from "../../../src/node/record/recording.js";
import { isPicture, media } from "./media.js";

/** What it is told by its parent: how far to write, or to end well. */
export type RecorderOrder = { readonly untilUs: number } | "close";
/** What it answers when that is done, and on its way each half second of media. */
export type RecorderAnswer = {
  /** Media that was written. */
  readonly writtenUs: number;
  readonly isDone: boolean;
  readonly state: string;
  readonly error?: string;
};

const [format, path, keys] = process.argv.slice(2) as [RecordingFormat, string, "one-key" | "keys"];
const recording = await Recording.open({ format, pathOf: () => path, expectsVideo: true, expectsAudio: true });
const packets = media("h264-opus", seconds(3600));
let writtenUs = 0;
let toldUs = 0;
let isFirst = true;

process.on("message", (order: RecorderOrder) => {
  if (order === "close") {
    void recording.close().then(() => answer(true));
    return;
  }
  while (writtenUs < order.untilUs) {
    const packet = packets.next().value;
    if (packet === undefined) {
      break;
    }
    writtenUs = packet.timeUs;
    const isKey = isPicture(packet) && packet.isKey;
    if (!isKey || isFirst || keys === "keys") {
      recording.write(packet);
    }
    isFirst &&= !isKey;
    if (writtenUs - toldUs >= seconds(0.5)) {
      toldUs = writtenUs;
      answer(false);
    }
  }
  answer(true);
});

function answer(isDone: boolean): void {
  const { state, error } = recording.report();
  const said: RecorderAnswer = { writtenUs, isDone, state, ...(error === undefined ? {} : { error: error.code }) };
  process.send?.(said);
}
