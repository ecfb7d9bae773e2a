// What the tests of the recorder share: one on a manual clock in a folder that goes away, and publishers for it.
import { onTestFinished } from "vitest";
import { PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { ManualClock } from "../../../src/core/time/manual-clock.js";
import { seconds } from "../../../src/core/time/units.js";
import type { LiveRecording } from "../../../src/node/record/live-recording.js";
import { Recorder, type RecorderOptions } from "../../../src/node/record/recorder.js";
import type { RecorderEvent } from "../../../src/node/record/recorder-event.js";
import { temporaryFolder } from "../av/rig.js";
import { media } from "./media.js";

/** An open recorder, and what it has told. */
export type RecorderRig = {
  readonly recorder: Recorder;
  readonly folder: string;
  readonly clock: ManualClock;
  readonly events: RecorderEvent[];
  /** `event id` of each. */
  told(): string[];
};

/** Opens a recorder; it is closed when the test is over. */
export async function openRecorder(options: Partial<RecorderOptions> = {}): Promise<RecorderRig> {
  const folder = options.folder ?? temporaryFolder();
  const clock = new ManualClock();
  const recorder = await Recorder.open({ folder, clock, minFreeBytes: 0, ...options });
  onTestFinished(() => recorder.close());
  const events: RecorderEvent[] = [];
  recorder.happened.on((event) => void events.push(event));
  return { recorder, folder, clock, events, told: () => events.map(({ event, id }) => `${event} ${id}`) };
}

/** Both media, as a browser's. */
export const BOTH = { video: "h264", audio: "opus" } as const;

/** Writes what a publisher sends in so much time. */
export function publish(live: LiveRecording, durationS: number): void {
  for (const packet of media("h264-opus", seconds(durationS))) {
    live.sink.write(packet);
  }
}

/** A VP8 key frame of 16x16 that no decoder would like. */
export const VP8_KEY_FRAME = new PlainEncodedVideo({
  codec: "vp8",
  data: Uint8Array.from([0x10, 0, 0, 0x9d, 0x01, 0x2a, 16, 0, 16, 0, 0, 0]),
  isKey: true,
  timeUs: 0,
  durationUs: 33_333,
});
