// A viewer that comes late to a camera with a long group of pictures: nobody can force a key frame, the cache must do.
import { expect, onTestFinished, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { isRtcp, RtpPacket } from "../../../src/core/rtp/rtp-packet.js";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { Signal } from "../../../src/core/signal/signal.js";
import { planAnswer } from "../../../src/core/webrtc/negotiation.js";
import { streamingCapabilities } from "../../../src/core/webrtc/negotiation-capabilities.js";
import { sendingSections } from "../../../src/core/webrtc/negotiation-plan.js";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import { LiveSource } from "../../../src/node/server/modes/stream/live-source.js";
import { PASSTHROUGH_CACHE_PACKETS, StreamMemory } from "../../../src/node/server/modes/stream/stream-memory.js";
import { ViewerTracks } from "../../../src/node/server/modes/stream/viewer-tracks.js";
import { accessUnit } from "../../sim/access-unit.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { WATCH_OFFER } from "../../vectors/chromium-156-offers.js";
import { FakeSource } from "./fake-source.js";

const FRAME_US = 33_333;
/** 8 Mb/s at 30 pictures a second. */
const PICTURE_BYTES = 33_000;
const KEY = accessUnit({ isKey: true, pictureBytes: PICTURE_BYTES, seed: 1 });
const DELTA = accessUnit({ isKey: false, pictureBytes: PICTURE_BYTES, seed: 2 });

/** A camera at 8 Mb/s that runs already, and a way to join it. */
async function camera(cachePackets: number) {
  const clock = new ManualClock();
  const memory = await StreamMemory.create(2_000_000, { cachePackets });
  const source = new FakeSource();
  const live = await LiveSource.open({
    openSource: () => source,
    media: parseConfigObject().media,
    memory,
    clock,
    logger: Logger.silent(),
  });
  onTestFinished(() => live.close());
  const film = (pictures: number, { startsWithKey = false } = {}): void => {
    for (let i = 0; i < pictures; i++) {
      const isKey = startsWithKey && i === 0;
      source.unit(isKey ? KEY : DELTA, isKey);
      clock.advance(FRAME_US);
    }
  };
  return { clock, live, film, join: () => join(live, memory, clock) };
}

function join(live: LiveSource, memory: StreamMemory, clock: ManualClock) {
  const timestamps = new Set<number>();
  const tracks = new ViewerTracks({
    live,
    memory,
    clock,
    entropy: new SeededEntropy(2),
    cname: "floe",
    playoutDelay: "off",
    onSilent: () => {},
    onFault: () => {},
  });
  const [section] = sendingSections(planAnswer(parseSdp(WATCH_OFFER), streamingCapabilities(live.codecs)));
  const send = (packet: Uint8Array): boolean => {
    if (!isRtcp(packet)) {
      timestamps.add(RtpPacket.parse(packet).timestamp);
    }
    return true;
  };
  tracks.add(section, tracks.newSsrc(), { send, received: new Signal(), isOpen: true });
  tracks.start(section.mid);
  onTestFinished(() => tracks.close());
  return { tracks, pictures: () => timestamps.size, stats: () => tracks.stats()[0] };
}

test("10 s after the last key frame at 8 Mb/s, a viewer starts at once from the cache and has caught up within 1.5 s", async () => {
  const { film, live, join } = await camera(PASSTHROUGH_CACHE_PACKETS);
  film(300, { startsWithKey: true });
  const packets = live.tracks[0].ring.nextIndex;
  expect(packets).toBeGreaterThan(8000);
  const viewer = join();
  expect(viewer.stats()).toMatchObject({ state: "sending", packets: 10 });
  for (let i = 0; i < 45; i++) {
    film(1);
  }
  expect(viewer.stats()).toMatchObject({ state: "sending", framesSkipped: 0, tooLate: 0, queuedPackets: 0 });
  expect(viewer.stats().packets).toBe(live.tracks[0].ring.nextIndex);
  expect(viewer.pictures()).toBe(345);
});

test("when the cache is too small for the group of pictures, a viewer waits for the next key frame, and gets nothing broken", async () => {
  const { film, join } = await camera(2048);
  film(300, { startsWithKey: true });
  const viewer = join();
  film(3);
  expect(viewer.stats()).toMatchObject({ state: "waiting-for-key", packets: 0 });
  film(3, { startsWithKey: true });
  expect(viewer.stats()).toMatchObject({ state: "sending", frames: 3 });
});

test("the default cache takes 32 MiB of packets, and no more than the owner says", async () => {
  const memory = await StreamMemory.create(2_000_000, { cachePackets: PASSTHROUGH_CACHE_PACKETS });
  expect(memory.videoSlots.slotCount * 2064).toBe(33_816_576);
  const smaller = await StreamMemory.create(100_000_000, { cachePackets: 4096 });
  expect(smaller.videoSlots.slotCount).toBe(4096);
});
