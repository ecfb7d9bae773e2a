// PeerTransport over node-datachannel. The library answers the offer for itself; from its answer we take only its own
// ICE and DTLS parameters, what we tell the peer is written by our negotiation.
import type { PeerConnection } from "node-datachannel";
import type { Logger } from "../../core/diagnosis/logger.js";
import { FloeError } from "../../core/error/floe-error.js";
import { parseSdp } from "../../core/sdp/parse-sdp.js";
import type { SessionDescription } from "../../core/sdp/session-description.js";
import { writeSdp } from "../../core/sdp/write-sdp.js";
import { Signal } from "../../core/signal/signal.js";
import { withExternalCandidates } from "../../core/webrtc/external-candidate.js";
import type { IceCandidate } from "../../core/webrtc/ice-candidate.js";
import type {
  DataChannelTransport,
  PeerTransport,
  PeerTransportState,
  TransportParameters,
  TransportSection,
} from "../../core/webrtc/peer-transport.js";
import { carrierOffer, hasAddress, MAX_REMOTE_CANDIDATES } from "./carrier-offer.js";
import { guarded } from "./guard.js";
import type { DataChannelLibrary } from "./load-node-datachannel.js";
import { nativeConfig } from "./native-config.js";
import { NativeDataChannel } from "./native-data-channel.js";
import { NativeTrack } from "./native-track.js";
import type { TransportConfig } from "./transport-library.js";

/** Candidates that may wait for the offer, and channels that a peer may open. */
const MAX_QUEUED_CANDIDATES = 64;
const MAX_DATA_CHANNELS = 16;

/** A peer that does not send candidates or goes away is noticed by ICE within this library's own timeouts. */
const STATES: Readonly<Record<string, PeerTransportState>> = {
  connecting: "connecting",
  connected: "connected",
  disconnected: "disconnected",
  failed: "failed",
  closed: "closed",
};

/** One connection. */
export class NativePeer implements PeerTransport {
  readonly candidateGathered: Signal<IceCandidate> = new Signal();
  readonly pathFound: Signal = new Signal();
  readonly stateChanged: Signal<PeerTransportState> = new Signal();
  readonly mediaOpened: Signal<string> = new Signal();
  readonly dataChannelOpened: Signal<DataChannelTransport> = new Signal();
  /** Candidates of the peer that could not be used. */
  refusedCandidates = 0;
  readonly #library: DataChannelLibrary;
  readonly #logger: Logger;
  readonly #connection: PeerConnection;
  /** The one track that carries the RTP and RTCP of all sections. */
  #track: NativeTrack | undefined;
  #mids: readonly string[] = [];
  #remoteCandidates = 0;
  readonly #channels: NativeDataChannel[] = [];
  #queuedCandidates: IceCandidate[] | undefined = [];
  #firstMid = "0";
  #bundleMid: string | undefined;
  #state: PeerTransportState = "connecting";
  #iceCredentials: PeerTransport["iceCredentials"];

  constructor(library: DataChannelLibrary, name: string, config: TransportConfig, logger: Logger) {
    const { externalIps = [] } = config;
    this.#library = library;
    this.#logger = logger;
    this.#connection = new library.PeerConnection(name, { ...nativeConfig(config), disableAutoNegotiation: true });
    this.#connection.onStateChange(guarded(logger, "peer.state", (state) => this.#enter(STATES[state])));
    this.#connection.onIceStateChange(
      guarded(logger, "peer.ice", (state) => {
        if (state === "connected" || state === "completed") {
          this.pathFound.emit();
        }
      }),
    );
    this.#connection.onLocalCandidate(
      guarded(logger, "peer.candidate", (candidate, mid) => {
        const gathered = { candidate: candidate.replace(/^a=/, ""), sdpMid: this.#bundleMid ?? mid };
        for (const told of withExternalCandidates(gathered, externalIps)) {
          this.candidateGathered.emit(told);
        }
      }),
    );
    this.#connection.onGatheringStateChange(
      guarded(logger, "peer.gathering", (state) => {
        if (state === "complete") {
          this.candidateGathered.emit({ candidate: "", sdpMid: this.#bundleMid ?? this.#firstMid });
        }
      }),
    );
    this.#connection.onDataChannel(guarded(logger, "peer.channel", (channel) => this.#takeChannel(channel)));
  }

  get state(): PeerTransportState {
    return this.#state;
  }

  get iceCredentials(): PeerTransport["iceCredentials"] {
    return this.#iceCredentials;
  }

  accept(offerSdp: string, sections: readonly TransportSection[]): TransportParameters {
    let answer: SessionDescription;
    try {
      const whole = parseSdp(offerSdp);
      // Candidates are told under the section that stands for the bundle (RFC 9143 7.2), which the library may not know.
      this.#bundleMid = whole.groups.find(({ semantics }) => semantics === "BUNDLE")?.mids[0];
      const offer = carrierOffer(whole, sections[0]?.mid);
      this.#remoteCandidates = offer.media.reduce((sum, { candidates }) => sum + candidates.length, 0);
      this.#addTrack(sections);
      this.#connection.setRemoteDescription(writeSdp(offer), "offer");
      this.#connection.setLocalDescription("answer");
      answer = parseSdp(this.#connection.localDescription()?.sdp ?? "");
    } catch (cause) {
      throw new FloeError("webrtc/offer-refused", `the transport refused the offer: ${(cause as Error).message}`, {
        cause,
      });
    }
    this.#firstMid = answer.media[0]?.mid ?? "0";
    const queued = this.#queuedCandidates ?? [];
    this.#queuedCandidates = undefined;
    for (const candidate of queued) {
      this.addRemoteCandidate(candidate);
    }
    const parameters = transportParameters(answer);
    this.#iceCredentials = { ufrag: parameters.iceUfrag, password: parameters.icePwd };
    return parameters;
  }

  media(mid: string): NativeTrack | undefined {
    return this.#mids.includes(mid) ? this.#track : undefined;
  }

  addRemoteCandidate(candidate: IceCandidate): void {
    if (this.#queuedCandidates !== undefined) {
      if (this.#queuedCandidates.length < MAX_QUEUED_CANDIDATES) {
        this.#queuedCandidates.push(candidate);
      } else {
        this.refusedCandidates++;
      }
      return;
    }
    if (candidate.candidate === "") {
      return; // The end of candidates; the library gives up on its own timer.
    }
    if (!hasAddress(candidate.candidate) || this.#remoteCandidates >= MAX_REMOTE_CANDIDATES) {
      this.refusedCandidates++;
      return;
    }
    this.#remoteCandidates++;
    try {
      // All sections share one transport, and the library knows one of them.
      this.#connection.addRemoteCandidate(candidate.candidate, this.#firstMid);
    } catch (error) {
      this.refusedCandidates++;
      this.#logger.limited("peer.candidate").debug("a candidate of the peer could not be used", { error });
    }
  }

  close(): void {
    if (this.#state !== "closed") {
      this.#enter("closed");
    }
    for (const channel of this.#channels) {
      channel.close();
    }
    this.#track?.close();
    try {
      this.#connection.close();
    } catch (error) {
      this.#logger.debug("closing a connection failed", { error });
    }
  }

  #addTrack(sections: readonly TransportSection[]): void {
    const [carrier] = sections;
    if (carrier === undefined) {
      return;
    }
    const { mid, kind, payloadType, encodingName, formatParameters } = carrier;
    // The library takes no undefined for an argument that may be left out.
    const profile = formatParameters === "" ? [] : ([formatParameters] as const);
    const sent = sections.flatMap(({ sends }) => sends ?? []);
    // RTCP goes both ways in any case.
    const direction = sent.length > 0 ? "SendOnly" : "RecvOnly";
    let media: InstanceType<DataChannelLibrary["Audio"]> | InstanceType<DataChannelLibrary["Video"]>;
    if (kind === "audio") {
      const audio = new this.#library.Audio(mid, direction);
      audio.addAudioCodec(payloadType, encodingName, ...profile);
      media = audio;
    } else {
      const video = new this.#library.Video(mid, direction);
      video.addVideoCodec(payloadType, encodingName, ...profile);
      media = video;
    }
    for (const { ssrc, cname } of sent) {
      media.addSSRC(ssrc, cname);
    }
    const track = new NativeTrack(this.#connection.addTrack(media), this.#logger);
    this.#track = track;
    this.#mids = sections.map((section) => section.mid);
    track.opened.on(() => {
      for (const opened of this.#mids) {
        this.mediaOpened.emit(opened);
      }
    });
  }

  #takeChannel(channel: Parameters<Parameters<PeerConnection["onDataChannel"]>[0]>[0]): void {
    const wrapped = new NativeDataChannel(channel, this.#logger);
    if (this.#channels.length >= MAX_DATA_CHANNELS) {
      wrapped.close();
      return;
    }
    this.#channels.push(wrapped);
    this.dataChannelOpened.emit(wrapped);
  }

  #enter(state: PeerTransportState | undefined): void {
    if (state !== undefined && state !== this.#state && this.#state !== "closed") {
      this.#state = state;
      this.stateChanged.emit(state);
    }
  }
}

/** The library's own ICE and DTLS parameters out of its answer. */
function transportParameters(answer: SessionDescription): TransportParameters {
  const media = answer.media.map((section) => section.transport);
  const all = [answer.transport, ...media];
  const iceUfrag = all.find((transport) => transport.iceUfrag !== undefined)?.iceUfrag;
  const icePwd = all.find((transport) => transport.icePwd !== undefined)?.icePwd;
  const fingerprint = all.flatMap((transport) => transport.fingerprints)[0];
  const setup = all.find((transport) => transport.setup !== undefined)?.setup;
  if (iceUfrag === undefined || icePwd === undefined || fingerprint === undefined) {
    throw new FloeError("webrtc/offer-refused", "the transport gave no ICE credentials for this offer");
  }
  return { iceUfrag, icePwd, fingerprint, setup: setup === "passive" ? "passive" : "active" };
}
