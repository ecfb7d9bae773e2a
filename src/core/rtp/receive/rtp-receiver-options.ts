// What a receiver is told, and what it tells.
import type { Micros } from "../../time/units.js";
import type { SendPacket } from "../rtp-sender.js";
import type { BitrateEstimateOptions } from "./bitrate-estimate.js";
import type { MediaClock } from "./media-clock.js";
import type { PlayoutDelayOptions } from "./playout-delay.js";
import type { ReceivedPacket } from "./received-packet.js";

/** Which stream a receiver takes, where it goes, and its bounds. */
export type RtpReceiverOptions = PlayoutDelayOptions & {
  readonly clockRateHz: number;
  /** Payload types of the stream (0..127), the one that is sent again by RTX first. Their packets of an unknown source are this stream's. */
  readonly payloadTypes: readonly number[];
  /** The source. Absent: the one that is heard first; another one takes over when that has been silent for 100 ms or said BYE. */
  readonly ssrc?: number;
  /** How retransmissions come when they have a stream of their own (RFC 4588). */
  readonly rtx?: { readonly payloadType: number; readonly ssrc?: number };
  /** Our SSRC, as RTCP names its sender; and our CNAME, at most 255 bytes. */
  readonly localSsrc: number;
  readonly cname: string;
  /** Shared by all streams of one sender. */
  readonly clock: MediaClock;
  /** Takes each packet in order, in the call; must not throw, and must not hand datagrams to the intake. */
  readonly packet: (packet: ReceivedPacket) => void;
  /** Sends RTCP: bytes are valid during the call only. */
  readonly sendRtcp: SendPacket;
  /** How often a missing packet is asked for (RFC 4585 6.2.1); 0: never. Default 10. */
  readonly maxAsks?: number;
  /** How long a missing packet is waited for when it is asked for. Default 500. Without asking, the playout delay is waited. */
  readonly recoveryMs?: number;
  /** `in-order` (default): packets are handed on at once when none in front is missing. `paced`: each when it is due. */
  readonly playout?: "in-order" | "paced";
  /** Most packets between the one whose turn it is and the newest: a power of two, 16 to 16384. Default 1024. */
  readonly windowPackets?: number;
  /** Tells the sender an estimate of the way (REMB) every 200 ms; its bounds. Absent: none is told. */
  readonly estimate?: BitrateEstimateOptions;
  /** How key frames are asked for. Default `pli`; `fir` where a peer answers nothing else (RFC 5104 4.3.1). */
  readonly keyFrameRequest?: "pli" | "fir";
  /** Between two such requests, at least. Default 500. */
  readonly keyFrameIntervalMs?: number;
  /** `reduced-size` (default): feedback goes alone (RFC 5506). `compound`: behind a report, for peers that did not agree to it. */
  readonly rtcpMode?: "reduced-size" | "compound";
  /** Between two receiver reports. Default 1000. */
  readonly reportIntervalMs?: number;
};

/** Counters that only grow. */
export type RtpReceiverCounters = {
  /** Packets of the source itself, and those that came by RTX. */
  packets: number;
  rtxPackets: number;
  /** Payload bytes of both. */
  payloadBytes: number;
  /** Handed on; of these, such that were late or asked for. */
  handed: number;
  repaired: number;
  /** Given up. */
  lost: number;
  /** Came when they had been given up. */
  late: number;
  duplicates: number;
  /** Numbers out of nowhere, and packets of sources that are not ours (yet). */
  strays: number;
  foreign: number;
  /** Retransmissions without a packet in them: a sender's probes. */
  probes: number;
  /** Packets that the ring overwrote before their turn. */
  overrun: number;
  restarts: number;
  nacks: number;
  nackedPackets: number;
  keyFrameRequests: number;
  reports: number;
  senderReports: number;
  estimates: number;
  /** RTCP that the transport did not take. */
  refused: number;
};

/** Counters at 0. */
export function receiverCounters(): RtpReceiverCounters {
  return {
    packets: 0,
    rtxPackets: 0,
    payloadBytes: 0,
    handed: 0,
    repaired: 0,
    lost: 0,
    late: 0,
    duplicates: 0,
    strays: 0,
    foreign: 0,
    probes: 0,
    overrun: 0,
    restarts: 0,
    nacks: 0,
    nackedPackets: 0,
    keyFrameRequests: 0,
    reports: 0,
    senderReports: 0,
    estimates: 0,
    refused: 0,
  };
}

/** Plain numbers for status pages. */
export type RtpReceiverReport = Readonly<RtpReceiverCounters> & {
  readonly ssrc: number | undefined;
  /** Packets that wait for their turn, gaps included. */
  readonly waiting: number;
  readonly missing: number;
  readonly jitterMs: number;
  readonly delayMs: number;
  readonly roundTripMs: number | undefined;
  readonly estimateBps: number | undefined;
  /** Steps of the sender's wall clock that its reports showed. */
  readonly clockJumps: number;
  readonly outOfSyncMs: number;
};

/** The earliest of two deadlines. */
export function earliest(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
