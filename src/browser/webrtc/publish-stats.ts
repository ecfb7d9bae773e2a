// What a publishing call is worth right now, from the browser's own statistics (W3C webrtc-stats): totals since the call
// began, rates since the last look, and what the far end says it has lost.
import { number, type StatsFields, StatsHistory, type StatsLook, type StatsSource, text } from "./stats-look.js";

/** One look at a call. A medium is undefined until its first packet went out. */
export type PublishStats = {
  /** Milliseconds since the look before, or since the call began; rates are means over this time. */
  readonly intervalMs: number;
  readonly video: PublishVideoStats | undefined;
  readonly audio: PublishAudioStats | undefined;
  /** The path's round trip by ICE's own checks; undefined until the first one came back. */
  readonly roundTripMs: number | undefined;
  /** What the browser thinks that the path carries, in bits per second; undefined while it does not know. */
  readonly availableBitrateBps: number | undefined;
  /** How the media travels: `host udp`, `srflx udp`, `relay tcp` … (our end); "" until there is a path. */
  readonly path: string;
};

/** What both media have. */
export type PublishMediaStats = {
  /** `H264`, `opus`; "" while it is unknown. */
  readonly codec: string;
  /** Bits of payload per second in the interval. */
  readonly bitrateBps: number;
  readonly packetsSent: number;
  /** Packets that were sent once more because the far end had asked for them. */
  readonly packetsResent: number;
  /** The same, in the interval. */
  readonly packetsResentDelta: number;
  /** Lost on the way, as the far end reports it (RFC 3550 6.4.1): resent ones that arrived do not count. */
  readonly packetsLost: number;
  /** The share that was lost of late, 0..1, as the far end reports it. */
  readonly lossRatio: number;
  /** Round trip by the far end's reports; undefined until it has reported. */
  readonly roundTripMs: number | undefined;
};

/** Why the picture is not all that it could be. */
export type PublishLimitation = "none" | "bandwidth" | "cpu" | "other";

/** The picture. */
export type PublishVideoStats = PublishMediaStats & {
  /** Pixels of the last frame that was encoded; 0 until there is one. */
  readonly width: number;
  readonly height: number;
  /** Encoded frames per second in the interval. */
  readonly fps: number;
  readonly framesSent: number;
  readonly framesSentDelta: number;
  readonly keyFramesEncoded: number;
  /** What the encoder aims at, in bits per second; 0 while unknown. */
  readonly targetBitrateBps: number;
  /** Packets and key frames that the far end asked for. */
  readonly nackCount: number;
  readonly pliCount: number;
  readonly limitation: PublishLimitation;
  /** The limitation as a sentence for people; "" for none. */
  readonly limitationWords: string;
};

/** The sound. */
export type PublishAudioStats = PublishMediaStats & {
  /** 0..1 at this moment. */
  readonly level: number;
};

const LIMITATIONS: { readonly [reason in PublishLimitation]: string } = {
  none: "",
  bandwidth: "The network carries less than the picture needs.",
  cpu: "This computer does not encode the picture fast enough.",
  other: "The browser holds the picture's quality back.",
};

/** Reads one call's reports, one after another. */
export class PublishStatsReader {
  readonly #history: StatsHistory;

  /** `nowMs` is the call's beginning, on the clock of `read`. */
  constructor(nowMs: number) {
    this.#history = new StatsHistory(nowMs);
  }

  /** Reads a report that was taken at `nowMs`. */
  read(report: StatsSource, nowMs: number): PublishStats {
    const look = this.#history.look(report, nowMs);
    const { intervalMs, roundTripMs, path } = look;
    const available = number(look.pair ?? {}, "availableOutgoingBitrate");
    const availableBitrateBps = available > 0 ? available : undefined;
    return { intervalMs, video: videoStats(look), audio: audioStats(look), roundTripMs, availableBitrateBps, path };
  }
}

function videoStats(look: StatsLook): PublishVideoStats | undefined {
  const now = outbound(look, "video");
  if (now === undefined) {
    return undefined;
  }
  const grown = look.growth(now);
  const framesSentDelta = grown("framesSent");
  const limitation = limitationOf(now);
  return {
    ...mediaStats(now, look),
    width: number(now, "frameWidth"),
    height: number(now, "frameHeight"),
    fps: look.perSecond(grown("framesEncoded")),
    framesSent: number(now, "framesSent"),
    framesSentDelta,
    keyFramesEncoded: number(now, "keyFramesEncoded"),
    targetBitrateBps: number(now, "targetBitrate"),
    nackCount: number(now, "nackCount"),
    pliCount: number(now, "pliCount"),
    limitation,
    limitationWords: LIMITATIONS[limitation],
  };
}

function audioStats(look: StatsLook): PublishAudioStats | undefined {
  const now = outbound(look, "audio");
  if (now === undefined) {
    return undefined;
  }
  const level = number(look.entry(text(now, "mediaSourceId")), "audioLevel");
  return { ...mediaStats(now, look), level };
}

function mediaStats(now: StatsFields, look: StatsLook): PublishMediaStats {
  const grown = look.growth(now);
  const far = look.entry(text(now, "remoteId"));
  const roundTrip = far["roundTripTime"];
  return {
    codec: look.codec(now),
    bitrateBps: Math.round(look.perSecond(grown("bytesSent") * 8)),
    packetsSent: number(now, "packetsSent"),
    packetsResent: number(now, "retransmittedPacketsSent"),
    packetsResentDelta: grown("retransmittedPacketsSent"),
    packetsLost: Math.max(0, number(far, "packetsLost")),
    lossRatio: number(far, "fractionLost"),
    roundTripMs: typeof roundTrip === "number" ? roundTrip * 1000 : undefined,
  };
}

/** The stream of a kind that goes out. */
function outbound(look: StatsLook, kind: string): StatsFields | undefined {
  return look.all("outbound-rtp", kind).find((entry) => number(entry, "packetsSent") > 0);
}

function limitationOf(now: StatsFields): PublishLimitation {
  const reason = text(now, "qualityLimitationReason");
  return reason === "bandwidth" || reason === "cpu" || reason === "other" ? reason : "none";
}
