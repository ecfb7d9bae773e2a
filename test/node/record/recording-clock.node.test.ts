import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { PlainEncodedAudio, PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { seconds } from "../../../src/core/time/units.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { Recording } from "../../../src/node/record/recording.js";
import { RecordingTimeline } from "../../../src/node/record/recording-timeline.js";
import { temporaryFolder } from "../av/rig.js";
import { isPicture, media, moved } from "./media.js";
import { type PlayedTrack, playBack } from "./play-back.js";

type Media = PlainEncodedVideo | PlainEncodedAudio;

beforeAll(async () => {
  await loadNodeAv();
});

/** Records ten seconds of which each packet's time was changed. */
async function record(timeOf: (packet: Media) => number): Promise<{
  readonly recording: Recording;
  readonly video: PlayedTrack | undefined;
  readonly audio: PlayedTrack | undefined;
}> {
  const path = join(temporaryFolder(), "take.mp4");
  const recording = await Recording.open({
    format: "mp4",
    pathOf: () => path,
    expectsVideo: true,
    expectsAudio: true,
  });
  for (const packet of media("h264-opus", seconds(10))) {
    recording.write(moved(packet, timeOf(packet)));
  }
  await recording.close();
  return { recording, ...(await playBack(path)) };
}

describe("a recording whose publisher's clock jumps", () => {
  test.each([
    ["an hour ahead", seconds(3600)],
    ["an hour back", -seconds(3600)],
    ["two seconds back", -seconds(2)],
  ])("%s goes on where it was, with sound and picture together", async (_, jumpUs) => {
    const { recording, video, audio } = await record(({ timeUs }) => timeUs + (timeUs < seconds(5) ? 0 : jumpUs));
    expect([video?.errors, audio?.errors]).toEqual([0, 0]);
    expect([video?.frames, audio?.frames]).toEqual([150, 500]);
    expect(video?.endS).toBeCloseTo(10, 1);
    expect(audio?.endS).toBeCloseTo(10, 1);
    expect(video?.longestStepS).toBeLessThan(0.2);
    expect(recording.report().gaps).toEqual([{ atUs: expect.any(Number), durationUs: 0 }]);
  });

  test("in one stream only, as with a new source, does not take the other with it", async () => {
    const { recording, video, audio } = await record((packet) =>
      isPicture(packet) && packet.timeUs >= seconds(5) ? packet.timeUs - seconds(4000) : packet.timeUs,
    );
    expect([video?.frames, audio?.frames]).toEqual([150, 500]);
    expect(video?.endS).toBeCloseTo(10, 1);
    expect(audio?.endS).toBeCloseTo(10, 1);
    expect(recording.report().gapCount).toBe(1);
  });
});

test("streams without a common clock begin together", async () => {
  const { video, audio } = await record((packet) => packet.timeUs + (isPicture(packet) ? seconds(90_000) : 0));
  expect(video?.endS).toBeCloseTo(10, 0);
  expect(audio?.endS).toBeCloseTo(10, 0);
});

describe("the timeline of a recording", () => {
  test("keeps an honest hole as long as it was", () => {
    const timeline = new RecordingTimeline();
    timeline.wrote("video", timeline.place("video", 100_000_000), 40_000);
    timeline.wrote("video", timeline.place("video", 130_000_000), 40_000);
    expect(timeline.endUs).toBe(seconds(30) + 40_000);
    expect(timeline.gaps).toEqual([{ atUs: 40_000, durationUs: seconds(30) - 40_000 }]);
  });

  test("never runs away nor back, whatever times packets claim, and keeps a hundred gaps", () => {
    const times = fc.array(fc.tuple(fc.boolean(), fc.double({ noNaN: true, min: -1e15, max: 1e15 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(times, (packets) => {
        const timeline = new RecordingTimeline();
        const last = { video: 0, audio: 0 };
        for (const [isVideo, timeUs] of packets) {
          const track = isVideo ? "video" : "audio";
          const endUs = timeline.endUs;
          const atUs = timeline.place(track, Math.round(timeUs));
          expect(atUs).toBeLessThanOrEqual(endUs + seconds(60));
          expect(atUs).toBeGreaterThanOrEqual(last[track] - seconds(1));
          timeline.wrote(track, atUs, 20_000);
          last[track] = atUs;
        }
        expect(timeline.gaps.length).toBe(Math.min(100, timeline.gapCount));
      }),
    );
  });
});
