// What a watching call is worth right now, from the browser's own statistics (W3C webrtc-stats): totals since the call
// began, and rates since the last look.

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

/** An RTCStatsReport, or a Map of plain entries. */
export type StatsSource = { forEach(visit: (entry: StatsEntry) => void): void };

/** One entry of a report, as far as the type says. */
export type StatsEntry = { readonly id?: string; readonly type?: string };

type Fields = { readonly [name: string]: unknown };

/** Keeps what the last look saw, so that the next one can tell rates. One a call. */
export class WatchStatsReader {
  #lastMs: number;
  #last: ReadonlyMap<string, Fields> = new Map();

  /** `nowMs` is the call's beginning, on the clock of `read`. */
  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** Reads a report that was taken at `nowMs`. */
  read(report: StatsSource, nowMs: number): WatchStats {
    const entries = new Map<string, Fields>();
    report.forEach((entry) => {
      entries.set(entry.id ?? "", entry as Fields);
    });
    const intervalMs = Math.max(0, nowMs - this.#lastMs);
    const pair = selectedPair(entries);
    const look = { entries, last: this.#last, seconds: intervalMs / 1000 };
    const stats: WatchStats = {
      intervalMs,
      video: videoStats(look),
      audio: audioStats(look),
      roundTripMs: typeof pair?.["currentRoundTripTime"] === "number" ? pair["currentRoundTripTime"] * 1000 : undefined,
      path: pathOf(entries, pair),
    };
    this.#lastMs = nowMs;
    this.#last = entries;
    return stats;
  }
}

type Look = {
  readonly entries: ReadonlyMap<string, Fields>;
  readonly last: ReadonlyMap<string, Fields>;
  readonly seconds: number;
};

function videoStats(look: Look): WatchVideoStats | undefined {
  const now = inbound(look.entries, "video");
  if (now === undefined) {
    return undefined;
  }
  const grown = growth(now, look.last);
  const framesDecodedDelta = grown("framesDecoded");
  return {
    ...mediaStats(now, look),
    width: number(now, "frameWidth"),
    height: number(now, "frameHeight"),
    fps: per(framesDecodedDelta, look.seconds),
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

function audioStats(look: Look): WatchAudioStats | undefined {
  const now = inbound(look.entries, "audio");
  if (now === undefined) {
    return undefined;
  }
  const grown = growth(now, look.last);
  return {
    ...mediaStats(now, look),
    energy: number(now, "totalAudioEnergy"),
    level: number(now, "audioLevel"),
    concealedRatio: per(grown("concealedSamples"), grown("totalSamplesReceived")),
    playoutDelayMs: playoutDelayMs(now, look),
  };
}

function playoutDelayMs(audio: Fields, { entries, last }: Look): number {
  const playout = entries.get(text(audio, "playoutId")) ?? {};
  const grown = growth(playout, last);
  return per(grown("totalPlayoutDelay") * 1000, grown("totalSamplesCount"));
}

function mediaStats(now: Fields, { entries, last, seconds }: Look): WatchMediaStats {
  const grown = growth(now, last);
  const mimeType = entries.get(text(now, "codecId"))?.["mimeType"];
  return {
    codec: typeof mimeType === "string" ? mimeType.slice(mimeType.indexOf("/") + 1) : "",
    bitrateBps: Math.round(per(grown("bytesReceived") * 8, seconds)),
    packetsReceived: number(now, "packetsReceived"),
    packetsLost: number(now, "packetsLost"),
    packetsLostDelta: grown("packetsLost"),
    jitterBufferMs: per(grown("jitterBufferDelay") * 1000, grown("jitterBufferEmittedCount")),
  };
}

/** The received stream of a kind; the busiest where there are several. */
function inbound(entries: ReadonlyMap<string, Fields>, kind: string): Fields | undefined {
  let best: Fields | undefined;
  for (const entry of entries.values()) {
    const isMatch = entry["type"] === "inbound-rtp" && entry["kind"] === kind && number(entry, "packetsReceived") > 0;
    if (isMatch && (best === undefined || number(entry, "bytesReceived") > number(best, "bytesReceived"))) {
      best = entry;
    }
  }
  return best;
}

/** By how much a total has grown since the last look; a total that fell has begun anew. */
function growth(now: Fields, last: ReadonlyMap<string, Fields>): (name: string) => number {
  const before = last.get(text(now, "id")) ?? {};
  return (name) => Math.max(0, number(now, name) - number(before, name));
}

/** The transport names the pair in use; where it does not, the nominated one is it. */
function selectedPair(entries: ReadonlyMap<string, Fields>): Fields | undefined {
  let nominated: Fields | undefined;
  for (const entry of entries.values()) {
    const selected = entry["type"] === "transport" ? entries.get(text(entry, "selectedCandidatePairId")) : undefined;
    if (selected !== undefined) {
      return selected;
    }
    if (entry["type"] === "candidate-pair" && entry["nominated"] === true && entry["state"] === "succeeded") {
      nominated = entry;
    }
  }
  return nominated;
}

function pathOf(entries: ReadonlyMap<string, Fields>, pair: Fields | undefined): string {
  const local = pair === undefined ? undefined : entries.get(text(pair, "localCandidateId"));
  if (local === undefined) {
    return "";
  }
  return `${text(local, "candidateType")} ${text(local, "relayProtocol") || text(local, "protocol")}`.trim();
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

function per(amount: number, divisor: number): number {
  return divisor > 0 ? amount / divisor : 0;
}
