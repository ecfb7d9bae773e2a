// The sending half of one viewer: a TrackSender for each negotiated section, on one timer, fed by the shared tracks.
import { type Entropy, randomU32 } from "../../../../core/crypto/entropy.js";
import { WireError } from "../../../../core/error/floe-error.js";
import { HEADER_EXTENSION_URI, playoutDelayValue } from "../../../../core/rtp/header-extension.js";
import { parseRtcp } from "../../../../core/rtp/rtcp/rtcp-parse.js";
import { isRtcp } from "../../../../core/rtp/rtp-packet.js";
import { RtpSender, type SendPacket } from "../../../../core/rtp/rtp-sender.js";
import type { Clock } from "../../../../core/time/clock.js";
import { DeadlineTimer, earliest } from "../../../../core/time/deadline-timer.js";
import { type Micros, seconds } from "../../../../core/time/units.js";
import type { MediaTransport } from "../../../../core/webrtc/media-transport.js";
import type { MediaSectionPlan } from "../../../../core/webrtc/negotiation-plan.js";
import { PeerLiveness } from "../../../../core/webrtc/peer-liveness.js";
import { TrackSender, type TrackSenderStats } from "../../../../core/webrtc/track-sender.js";
import type { PlayoutDelay } from "../../config/server-config.js";
import type { LiveSource } from "./live-source.js";
import type { StreamMemory } from "./stream-memory.js";

/** A viewer that is sent media and says nothing over RTCP for this long is not there any more. */
const SILENCE_US: Micros = seconds(10);
/** Browsers report on sound alone every 2.5 to 7.5 s, and a report may be lost (RFC 3550 6.2). */
const SOUND_ONLY_SILENCE_US: Micros = seconds(20);

/** What the tracks of a viewer are made of. */
export type ViewerTracksOptions = {
  readonly live: LiveSource;
  readonly memory: StreamMemory;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly cname: string;
  readonly playoutDelay: PlayoutDelay | "off";
  /** The viewer has been silent for too long. */
  readonly onSilent: () => void;
  /** Sending to this viewer failed in a way that it should not. */
  readonly onFault: (error: unknown) => void;
  /** For tests and benches: packets for which this is true are lost on the way. */
  readonly isLost?: ((packet: Uint8Array) => boolean) | undefined;
};

type Lane = { readonly sender: TrackSender; deadlineUs: Micros | undefined };

/** All tracks towards one viewer. */
export class ViewerTracks {
  /** What came in over RTP and was of no use. */
  readonly counters = { malformed: 0, unexpected: 0 };
  readonly #options: ViewerTracksOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #listening: Disposable[] = [];
  readonly #timer: DeadlineTimer;
  readonly #liveness = new PeerLiveness();
  readonly #transports = new Set<MediaTransport>();
  readonly #ssrcs = new Set<number>();
  #silenceUs: Micros = SOUND_ONLY_SILENCE_US;

  constructor(options: ViewerTracksOptions) {
    this.#options = options;
    this.#timer = new DeadlineTimer(options.clock, () => this.#tick());
  }

  /** Numbers for a section that will be sent on; the transport and the answer need the SSRC. */
  newSsrc(): number {
    let ssrc = randomU32(this.#options.entropy);
    while (this.#ssrcs.has(ssrc)) {
      ssrc = randomU32(this.#options.entropy);
    }
    this.#ssrcs.add(ssrc);
    return ssrc;
  }

  /** Adds a section. Nothing is sent before `start` of its mid. */
  add(section: MediaSectionPlan, ssrc: number, transport: MediaTransport): void {
    const { live, memory, clock, entropy, cname } = this.#options;
    const track = live.tracks.find((candidate) => candidate.kind === section.media);
    if (track === undefined) {
      return;
    }
    const send = this.#lossy(transport);
    const rtp = new RtpSender({
      ring: track.ring,
      stamper: memory.stamper,
      send,
      ssrc,
      payloadType: section.codec.payloadType,
      // Half of the circle, so that the first loss cannot straddle the wrap while SRTP has no rollover count yet.
      firstSequenceNumber: randomU32(entropy) & 0x7fff,
      extension: memory.extensionBlock(this.#extensions(section)),
    });
    const sender = new TrackSender({
      kind: track.kind,
      ring: track.ring,
      rtp,
      anchor: track.anchor,
      sendRtcp: (packet) => transport.send(packet),
      clockRateHz: track.clockRateHz,
      timestampOffset: randomU32(entropy),
      cname,
      wallUs: () => clock.wallUs(),
      liveness: this.#liveness,
      canForceKeyFrame: () => track.canForceKeyFrame,
    });
    const lane: Lane = { sender, deadlineUs: undefined };
    this.#lanes.set(section.mid, lane);
    if (track.kind === "video") {
      this.#silenceUs = SILENCE_US;
    }
    if (!this.#transports.has(transport)) {
      this.#transports.add(transport);
      this.#listening.push(transport.received.on((packet) => this.#receive(packet)));
    }
    this.#listening.push(
      sender.keyFrameWanted.on((nowUs) => live.requestKeyFrame(track, nowUs)),
      track.frameWritten.on((nowUs) => {
        // One viewer's fault must not reach the graph that feeds all of them.
        try {
          sender.frameWritten(nowUs);
        } catch (error) {
          this.#options.onFault(error);
          return;
        }
        // Once a frame and viewer: the timer is only touched when something is due at another time than before.
        if (sender.deadlineUs !== lane.deadlineUs) {
          this.#arm();
        }
      }),
    );
  }

  /** The transport of this section is open. */
  start(mid: string): void {
    this.#lanes.get(mid)?.sender.start(this.#options.clock.nowUs());
    this.#arm();
  }

  /** Says goodbye on every track and lets go of the source. */
  close(): void {
    this.#timer[Symbol.dispose]();
    for (const listening of this.#listening) {
      listening[Symbol.dispose]();
    }
    for (const { sender } of this.#lanes.values()) {
      sender.stop(this.#options.clock.nowUs());
    }
  }

  stats(): TrackSenderStats[] {
    return [...this.#lanes.values()].map(({ sender }) => sender.stats());
  }

  #receive(packet: Uint8Array): void {
    if (!isRtcp(packet)) {
      this.counters.unexpected++;
      return;
    }
    const nowUs = this.#options.clock.nowUs();
    try {
      const messages = parseRtcp(packet);
      this.#liveness.heard();
      for (const { sender } of this.#lanes.values()) {
        for (const message of messages) {
          sender.feedback(message, nowUs);
        }
        sender.peerHeard(nowUs);
      }
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.counters.malformed++;
    }
    this.#arm();
  }

  #tick(): void {
    const nowUs = this.#options.clock.nowUs();
    for (const { sender } of this.#lanes.values()) {
      sender.tick(nowUs);
    }
    if (nowUs >= (this.#silentUs() ?? Number.POSITIVE_INFINITY)) {
      this.#options.onSilent();
      return;
    }
    this.#arm();
  }

  #arm(): void {
    let deadlineUs = this.#silentUs();
    for (const lane of this.#lanes.values()) {
      lane.deadlineUs = lane.sender.deadlineUs;
      deadlineUs = earliest(deadlineUs, lane.deadlineUs);
    }
    this.#timer.set(deadlineUs);
  }

  /** When the viewer counts as gone; undefined while it has been heard since something was sent. */
  #silentUs(): Micros | undefined {
    const sinceUs = this.#liveness.silentSinceUs;
    return sinceUs === undefined ? undefined : sinceUs + this.#silenceUs;
  }

  #extensions({ media, extensions }: MediaSectionPlan): { id: number; value: Uint8Array }[] {
    const { playoutDelay } = this.#options;
    const playout = extensions.find(({ uri }) => uri === HEADER_EXTENSION_URI.playoutDelay);
    return media === "video" && playout !== undefined && playoutDelay !== "off"
      ? [{ id: playout.id, value: playoutDelayValue(playoutDelay.minMs, playoutDelay.maxMs) }]
      : [];
  }

  #lossy(transport: MediaTransport): SendPacket {
    const { isLost } = this.#options;
    return isLost === undefined
      ? (packet) => transport.send(packet)
      : (packet) => isLost(packet) || transport.send(packet);
  }
}
