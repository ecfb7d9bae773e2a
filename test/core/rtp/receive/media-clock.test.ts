// Lip sync: what was made together gets the same time, whatever the way and the sender's clocks do.
import { describe, expect, test } from "vitest";
import { MediaClock, type StreamClock } from "../../../../src/core/rtp/receive/media-clock.js";
import { toNtp } from "../../../../src/core/time/ntp.js";

const WALL_US = 1_700_000_000_000_000;

/** A stream of a sender whose media is made at wall time, and comes `delayUs` later. */
class Stream {
  readonly clock: StreamClock;
  readonly #rate: number;
  readonly #offset: number;

  constructor(media: MediaClock, rate: number, offset: number) {
    this.clock = media.stream(rate);
    this.#rate = rate;
    this.#offset = offset;
  }

  timestamp(madeUs: number): number {
    return (this.#offset + Math.round((madeUs * this.#rate) / 1_000_000)) >>> 0;
  }

  packet(madeUs: number, delayUs: number): number {
    return this.clock.timeUs(this.timestamp(madeUs), 5_000_000 + madeUs + delayUs);
  }

  report(madeUs: number, wallStepUs = 0): void {
    this.clock.senderReport(toNtp(WALL_US + madeUs + wallStepUs), this.timestamp(madeUs));
  }
}

function pair(): { picture: Stream; sound: Stream } {
  const media = new MediaClock();
  return { picture: new Stream(media, 90_000, 2 ** 32 - 200_000), sound: new Stream(media, 48_000, 123_456) };
}

/** Plays `seconds` with a report each second; the time of sound less that of picture at the end. */
function play(
  { picture, sound }: { picture: Stream; sound: Stream },
  {
    fromUs = 0,
    seconds = 10,
    wallStepUs = () => 0,
  }: { readonly fromUs?: number; readonly seconds?: number; readonly wallStepUs?: (madeUs: number) => number } = {},
): number {
  let apart = Number.NaN;
  for (let at = 0; at < seconds * 50; at++) {
    const madeUs = fromUs + at * 20_000;
    const pictureUs = picture.packet(madeUs, 90_000);
    const soundUs = sound.packet(madeUs, 20_000);
    apart = soundUs - pictureUs;
    if (at % 50 === 10) {
      picture.report(madeUs, wallStepUs(madeUs));
    }
    if (at % 50 === 35) {
      sound.report(madeUs, wallStepUs(madeUs));
    }
  }
  return apart;
}

describe("a media clock", () => {
  test("takes arrivals while nothing else is known, and reports when they come", () => {
    const streams = pair();
    expect(play(streams, { seconds: 0.2 })).toBe(-70_000);
    expect(Math.abs(play(streams, { fromUs: 200_000, seconds: 10 }))).toBeLessThan(50);
    expect(streams.sound.clock).toMatchObject({ isPlaced: true, clockJumps: 0 });
  });

  test("learns nothing from a sender that has no clock and says that it is 0 (RFC 3550 6.4.1)", () => {
    const { picture, sound } = pair();
    const without = { seconds: 0, fraction: 0 };
    let apartUs = Number.NaN;
    for (let madeUs = 0; madeUs < 5_000_000; madeUs += 20_000) {
      apartUs = sound.packet(madeUs, 20_000) - picture.packet(madeUs, 90_000);
      if (madeUs % 1_000_000 === 200_000) {
        picture.clock.senderReport(without, picture.timestamp(madeUs));
      } else if (madeUs % 1_000_000 === 700_000) {
        sound.clock.senderReport(without, sound.timestamp(madeUs));
      }
    }
    expect(apartUs).toBe(-70_000);
    expect(sound.clock).toMatchObject({ isPlaced: false, clockJumps: 0 });
  });

  test.each([
    600_000, 1_500_000,
  ])("brings a stream that comes %d us late all the way, however many reports that takes", (lateUs) => {
    const { picture, sound } = pair();
    let apartUs = Number.NaN;
    for (let madeUs = 0; madeUs < 40_000_000; madeUs += 20_000) {
      apartUs = sound.packet(madeUs, 20_000) - picture.packet(madeUs, 20_000 + lateUs);
      if (madeUs % 1_000_000 === 200_000) {
        picture.report(madeUs);
        sound.report(madeUs);
      }
    }
    expect(Math.abs(apartUs)).toBeLessThan(1000);
    expect([picture.clock.clockJumps, sound.clock.clockJumps]).toEqual([0, 0]);
  });

  test("moves a stream by a twentieth of the time that passes, never back", () => {
    const streams = pair();
    play(streams, { seconds: 0.2 });
    let lastUs = Number.NEGATIVE_INFINITY;
    let widest = 0;
    for (let at = 0; at < 300; at++) {
      const madeUs = 200_000 + at * 20_000;
      streams.picture.packet(madeUs, 90_000);
      const timeUs = streams.sound.packet(madeUs, 20_000);
      widest = Math.max(widest, at === 0 ? 0 : Math.abs(timeUs - lastUs - 20_000));
      expect(timeUs).toBeGreaterThan(lastUs);
      lastUs = timeUs;
      if (at === 5) {
        streams.picture.report(madeUs);
        streams.sound.report(madeUs);
      }
    }
    expect(widest).toBeLessThanOrEqual(1001);
  });

  test.each([
    3_600_000_000, -3_600_000_000, 200_000, -90_000, 31_000,
  ])("does not care when the sender's wall clock is set by %d us between two reports", (stepUs) => {
    const streams = pair();
    const wallStepUs = (madeUs: number): number => (madeUs > 6_250_000 ? stepUs : 0);
    const apart = play(streams, { seconds: 20, wallStepUs });
    expect(Math.abs(apart)).toBeLessThan(1000);
    expect([streams.picture.clock.clockJumps, streams.sound.clock.clockJumps]).toEqual([1, 1]);
  });

  test("does not care when it is set while a stream has not reported yet", () => {
    const streams = pair();
    const wallStepUs = (madeUs: number): number => (madeUs > 500_000 ? 60_000_000 : 0);
    // Sound had no report before the step: it stays where its arrivals put it, and does not run away.
    expect(Math.abs(play(streams, { seconds: 20, wallStepUs }))).toBeLessThanOrEqual(70_000);
  });

  test("goes on over the end of the NTP era and the wrap of timestamps", () => {
    const media = new MediaClock();
    const clock = media.stream(90_000);
    const other = media.stream(90_000);
    const wrap = (2 ** 32 - 2_208_988_800) * 1_000_000;
    for (let at = 0; at < 200; at++) {
      const timestamp = (2 ** 32 - 450_000 + at * 9000) >>> 0;
      const timeUs = clock.timeUs(timestamp, at * 100_000);
      const otherUs = other.timeUs(timestamp, at * 100_000 + 40_000);
      clock.senderReport(toNtp(wrap + (at - 50) * 100_000), timestamp);
      other.senderReport(toNtp(wrap + (at - 50) * 100_000), timestamp);
      expect(timeUs).toBe(at * 100_000);
      expect(at < 20 || Math.abs(otherUs - timeUs) < 10).toBe(true);
    }
    expect(clock.clockJumps).toBe(0);
  });

  test("puts another source of a stream where its first report says, and where it arrives before that", () => {
    const streams = pair();
    play(streams, { seconds: 5 });
    streams.sound.clock.restart();
    const media = streams.sound.clock;
    const firstUs = media.timeUs(9999, 5_000_000 + 5_000_000 + 20_000);
    const pictureUs = streams.picture.packet(5_000_000, 90_000);
    expect(Math.abs(firstUs - pictureUs)).toBeLessThanOrEqual(70_100);
    media.senderReport(toNtp(WALL_US + 5_000_000), 9999);
    let apart = Number.NaN;
    for (let at = 1; at < 500; at++) {
      const soundUs = media.timeUs(9999 + at * 960, 5_000_000 + 5_000_000 + at * 20_000 + 20_000);
      apart = soundUs - streams.picture.packet(5_000_000 + at * 20_000, 90_000);
    }
    expect(Math.abs(apart)).toBeLessThan(50);
  });

  test("begins a line anew when timestamps leap, and never goes back", () => {
    const clock = new MediaClock().stream(90_000);
    const times = [
      clock.timeUs(0, 0),
      clock.timeUs(9000, 100_000),
      clock.timeUs(3e9, 200_000),
      clock.timeUs(3e9 + 9000, 300_000),
    ];
    expect(times).toEqual([0, 100_000, 200_000, 300_000]);
  });
});
