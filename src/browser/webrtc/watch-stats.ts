// What a watching call is worth right now, from the browser's own statistics (W3C webrtc-stats): totals since the call
// began, and rates since the last look.
import { number, per, type StatsFields, StatsHistory, type StatsLook, type StatsSource, text } from "./stats-look.js";

/** One look at a call. A medium is undefined until its first packet is there. */
export type WatchStats = {
  /** Milliseconds since the look before, or since the call began; rates are means over this time. */
  readonly intervalMs: number;
  readonly video: WatchVideoStats | undefined;
  readonly audio: WatchAudioStats | undefined;
  /** The path's round trip by ICE's own checks; undefined until the first one came back. */
  readonly roundTripMs: number | undefined;
  /** How the media travels: `host udp`, `srflx udp`, `relay tcp` … (our end); "" until there is a path. */
  readonly path: string;
};

/** What both media have. */
export type WatchMediaStats = {
  /** `H264`, `opus`; "" while it is unknown. */
  readonly codec: string;
  /** Bits of payload per second in the interval. */
  readonly bitrateBps: number;
  readonly packetsReceived: number;
  /** Lost for good: resent packets do not count. */
  readonly packetsLost: number;
  /** Lost in the interval; never negative. */
  readonly packetsLostDelta: number;
  /** Mean time that what came out in the interval had spent in the jitter buffer. */
  readonly jitterBufferMs: number;
};

/** The picture. */
export type WatchVideoStats = WatchMediaStats & {
  /** Pixels of the last frame; 0 until there is one. */
  readonly width: number;
  readonly height: number;
  /** Decoded frames per second in the interval. */
  readonly fps: number;
  readonly framesDecoded: number;
  readonly framesDecodedDelta: number;
  readonly framesDropped: number;
  readonly keyFramesDecoded: number;
  readonly freezeCount: number;
  readonly freezeCountDelta: number;
  readonly freezeMs: number;
  /** Packets that we asked for again, and key frames that we asked for. */
  readonly nackCount: number;
  readonly pliCount: number;
};

/** The sound. */
export type WatchAudioStats = WatchMediaStats & {
  /** Grows while there is sound: squared level times seconds. */
  readonly energy: number;
  /** 0..1 at this moment. */
  readonly level: number;
  /** Share of the interval's samples that had to be made up, 0..1. */
  readonly concealedRatio: number;
  /** Mean time in the interval from the jitter buffer to the loudspeaker, as the browser estimates it; 0 while unknown. */
  readonly playoutDelayMs: number;
};

/** Keeps what the last look saw, so that the next one can tell rates. One a call. */
export class WatchStatsReader {
  readonly #history: StatsHistory;

  /** `nowMs` is the call's beginning, on the clock of `read`. */
  constructor(nowMs: number) {
    this.#history = new StatsHistory(nowMs);
  }

  /** Reads a report that was taken at `nowMs`. */
  read(report: StatsSource, nowMs: number): WatchStats {
    const look = this.#history.look(report, nowMs);
    const { intervalMs, roundTripMs, path } = look;
    return { intervalMs, video: videoStats(look), audio: audioStats(look), roundTripMs, path };
  }
}

function videoStats(look: StatsLook): WatchVideoStats | undefined {
  const now = inbound(look, "video");
  if (now === undefined) {
    return undefined;
  }
  const grown = look.growth(now);
  const framesDecodedDelta = grown("framesDecoded");
  return {
    ...mediaStats(now, look),
    width: number(now, "frameWidth"),
    height: number(now, "frameHeight"),
    fps: look.perSecond(framesDecodedDelta),
    framesDecoded: number(now, "framesDecoded"),
    framesDecodedDelta,
    framesDropped: number(now, "framesDropped"),
    keyFramesDecoded: number(now, "keyFramesDecoded"),
    freezeCount: number(now, "freezeCount"),
    freezeCountDelta: grown("freezeCount"),
    freezeMs: number(now, "totalFreezesDuration") * 1000,
    nackCount: number(now, "nackCount"),
    pliCount: number(now, "pliCount"),
  };
}

function audioStats(look: StatsLook): WatchAudioStats | undefined {
  const now = inbound(look, "audio");
  if (now === undefined) {
    return undefined;
  }
  const grown = look.growth(now);
  return {
    ...mediaStats(now, look),
    energy: number(now, "totalAudioEnergy"),
    level: number(now, "audioLevel"),
    concealedRatio: per(grown("concealedSamples"), grown("totalSamplesReceived")),
    playoutDelayMs: playoutDelayMs(now, look),
  };
}

function playoutDelayMs(audio: StatsFields, look: StatsLook): number {
  const grown = look.growth(look.entry(text(audio, "playoutId")));
  return per(grown("totalPlayoutDelay") * 1000, grown("totalSamplesCount"));
}

function mediaStats(now: StatsFields, look: StatsLook): WatchMediaStats {
  const grown = look.growth(now);
  return {
    codec: look.codec(now),
    bitrateBps: Math.round(look.perSecond(grown("bytesReceived") * 8)),
    packetsReceived: number(now, "packetsReceived"),
    packetsLost: number(now, "packetsLost"),
    packetsLostDelta: grown("packetsLost"),
    jitterBufferMs: per(grown("jitterBufferDelay") * 1000, grown("jitterBufferEmittedCount")),
  };
}

/** The received stream of a kind; the busiest where there are several. */
function inbound(look: StatsLook, kind: string): StatsFields | undefined {
  const received = look.all("inbound-rtp", kind).filter((entry) => number(entry, "packetsReceived") > 0);
  return received.sort((a, b) => number(b, "bytesReceived") - number(a, "bytesReceived"))[0];
}
