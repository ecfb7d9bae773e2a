// A process that records, for tests that kill it: writes as much media as it is told to, and says how far it came.
import { seconds } from "../../../src/core/time/units.js";
import type { RecordingFormat } from "../../../src/node/record/container.js";
import { Recording } from "../../../src/node/record/recording.js";
import type { RecordingSink } from "../../../src/node/record/recording-sink.js";
import { TranscodedRecording } from "../../../src/node/record/transcoded-recording.js";
import { room } from "./feed.js";
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

const [format, path, way] = process.argv.slice(2) as [RecordingFormat, string, "keys" | "one-key" | "transcoded"];
const options = { format, pathOf: () => path, expectsVideo: true, expectsAudio: true };
const videoTarget = { width: 640, height: 360, fps: 30, bitrateBps: 500_000 };
const recording: RecordingSink =
  way === "transcoded" ? await TranscodedRecording.open({ ...options, videoTarget }) : await Recording.open(options);
const packets = media("h264-opus", seconds(3600));
let toldUs = 0;
let isFirst = true;

process.on("message", (order: RecorderOrder) => {
  void (order === "close" ? recording.close() : writeUntil(order.untilUs)).then(() => answer(true));
});

async function writeUntil(untilUs: number): Promise<void> {
  for (let next = packets.next(); next.done !== true; next = packets.next()) {
    const packet = next.value;
    await room(recording);
    const isKey = isPicture(packet) && packet.isKey;
    if (!isKey || isFirst || way !== "one-key") {
      recording.write(packet);
    }
    isFirst &&= !isKey;
    const writtenUs = recording.report().durationUs;
    if (writtenUs - toldUs >= seconds(0.5)) {
      toldUs = writtenUs;
      answer(false);
    }
    if (writtenUs >= untilUs || recording.state === "failed") {
      return;
    }
  }
}

function answer(isDone: boolean): void {
  const { durationUs, state, error } = recording.report();
  const said: RecorderAnswer = {
    writtenUs: durationUs,
    isDone,
    state,
    ...(error === undefined ? {} : { error: error.code }),
  };
  process.send?.(said);
}
