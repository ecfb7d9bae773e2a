// PeerTransport over the parts of werift: its ICE, DTLS and SCTP, without its peer connection, which would add reports,
// retransmission and header extensions of its own.
import type { Logger } from "../../../core/diagnosis/logger.js";
import { FloeError } from "../../../core/error/floe-error.js";
import { parseSdp } from "../../../core/sdp/parse-sdp.js";
import { Signal } from "../../../core/signal/signal.js";
import { CandidateQueue } from "../../../core/webrtc/candidate-queue.js";
import { withExternalCandidates } from "../../../core/webrtc/external-candidate.js";
import type { IceCandidate } from "../../../core/webrtc/ice-candidate.js";
import type {
  DataChannelTransport,
  PeerTransport,
  PeerTransportState,
  TransportParameters,
  TransportSection,
} from "../../../core/webrtc/peer-transport.js";
import { guarded } from "../guard.js";
import type { TransportConfig } from "../transport-library.js";
import { type DtlsCertificate, DtlsSession } from "./dtls-session.js";
import { IceAgent } from "./ice-agent.js";
import type { Werift } from "./load-werift.js";
import { type OfferedTransport, offeredTransport } from "./offered-transport.js";
import { SctpAssociation } from "./sctp-association.js";
import { WeriftMedia } from "./werift-media.js";

/** What all connections share. */
export type WeriftParts = {
  readonly werift: Werift;
  readonly certificate: DtlsCertificate;
  readonly fingerprint: string;
};

/** One connection. */
export class WeriftPeer implements PeerTransport {
  readonly candidateGathered: Signal<IceCandidate> = new Signal();
  readonly pathFound: Signal = new Signal();
  readonly stateChanged: Signal<PeerTransportState> = new Signal();
  readonly mediaOpened: Signal<string> = new Signal();
  readonly dataChannelOpened: Signal<DataChannelTransport> = new Signal();
  readonly #parts: WeriftParts;
  readonly #config: TransportConfig;
  readonly #logger: Logger;
  readonly #media: WeriftMedia = new WeriftMedia((packet) => this.#ice?.send(packet) === true);
  #ice: IceAgent | undefined;
  #dtls: DtlsSession | undefined;
  #sctp: SctpAssociation | undefined;
  #mids: readonly string[] = [];
  /** Those of the peer that come before its offer wait, 64 at most. */
  readonly #candidates: CandidateQueue = new CandidateQueue((candidate) => this.#takeCandidate(candidate));
  #refused = 0;
  #state: PeerTransportState = "connecting";
  #isReleased = false;

  constructor(parts: WeriftParts, config: TransportConfig, logger: Logger) {
    this.#parts = parts;
    this.#config = config;
    this.#logger = logger;
  }

  get state(): PeerTransportState {
    return this.#state;
  }

  get iceCredentials(): PeerTransport["iceCredentials"] {
    return this.#ice && { ufrag: this.#ice.ufrag, password: this.#ice.password };
  }

  /** Candidates of the peer that could not be used. */
  get refusedCandidates(): number {
    return this.#refused + this.#candidates.dropped;
  }

  /** What was dropped, by where. */
  get counters(): { readonly [what: string]: number } {
    return {
      refusedCandidates: this.refusedCandidates,
      dtlsRecords: this.#dtls?.dropped ?? 0,
      dataMessages: this.#sctp?.malformed ?? 0,
      ...this.#media.counters,
    };
  }

  accept(offerSdp: string, sections: readonly TransportSection[]): TransportParameters {
    if (this.#ice !== undefined || this.#state !== "connecting") {
      throw refused("it has an offer, or is closed");
    }
    let offered: OfferedTransport;
    try {
      offered = offeredTransport(parseSdp(offerSdp));
    } catch (error) {
      throw refused((error as Error).message, error);
    }
    this.#mids = sections.map(({ mid }) => mid);
    const ice = this.#openIce(offered);
    this.#ice = ice;
    this.#dtls = this.#openDtls(offered, ice);
    for (const candidate of offered.candidates) {
      this.#takeCandidate(candidate);
    }
    this.#candidates.open();
    ice.start(this.#config, this.#logger);
    return {
      iceUfrag: ice.ufrag,
      icePwd: ice.password,
      fingerprint: { algorithm: "sha-256", value: this.#parts.fingerprint },
      setup: offered.setup,
    };
  }

  media(mid: string): WeriftMedia | undefined {
    return this.#mids.includes(mid) ? this.#media : undefined;
  }

  addRemoteCandidate(candidate: IceCandidate): void {
    this.#candidates.push(candidate);
  }

  close(): void {
    this.#enter("closed");
    this.#release();
  }

  /** An empty one ends them; a path may be found behind it all the same. */
  #takeCandidate({ candidate }: IceCandidate): void {
    if (candidate !== "" && this.#ice?.addRemoteCandidate(candidate) !== true) {
      this.#refused++;
    }
  }

  #openIce({ ice: remote, candidateMid }: OfferedTransport): IceAgent {
    const ice = new IceAgent(this.#parts.werift, remote);
    ice.candidateGathered.on(
      this.#guarded("candidate", (candidate) => {
        const gathered = { candidate, sdpMid: candidateMid };
        for (const told of withExternalCandidates(gathered, this.#config.externalIps ?? [])) {
          this.candidateGathered.emit(told);
        }
      }),
    );
    ice.pathFound.on(
      this.#guarded("path", () => {
        this.#dtls?.start();
        this.pathFound.emit();
      }),
    );
    ice.failed.on(this.#guarded("ice", (why) => this.#fail(why)));
    // RFC 7983: DTLS begins with 20 to 63, RTP and RTCP with 128 to 191.
    ice.received.on(
      this.#guarded("received", (bytes) => {
        if (bytes[0] >= 128 && bytes[0] < 192) {
          this.#media.receive(bytes);
        } else if (bytes[0] >= 20 && bytes[0] < 64) {
          this.#dtls?.receive(bytes);
        }
      }),
    );
    return ice;
  }

  #openDtls({ setup, fingerprints, sctp }: OfferedTransport, ice: IceAgent): DtlsSession {
    const { werift, certificate } = this.#parts;
    const role = setup === "active" ? "client" : "server";
    const dtls = new DtlsSession(werift, { certificate, role, fingerprints, send: (bytes) => ice.send(bytes) });
    dtls.connected.on(
      this.#guarded("connected", (srtp) => {
        if (sctp !== undefined) {
          this.#openSctp(sctp, dtls);
        }
        if (srtp === undefined && this.#mids.length > 0) {
          this.#fail("the peer agreed on no protection for media");
          return;
        }
        if (srtp !== undefined) {
          this.#media.open(srtp);
        }
        this.#enter("connected");
        for (const mid of this.#mids) {
          this.mediaOpened.emit(mid);
        }
      }),
    );
    dtls.received.on(this.#guarded("data", (bytes) => this.#sctp?.receive(bytes)));
    dtls.failed.on(this.#guarded("dtls", (why) => this.#fail(why)));
    dtls.ended.on(this.#guarded("ended", () => this.close()));
    return dtls;
  }

  #openSctp(remote: NonNullable<OfferedTransport["sctp"]>, dtls: DtlsSession): void {
    const sctp = new SctpAssociation(this.#parts.werift, remote, (bytes) => dtls.send(bytes));
    sctp.channelOpened.on(this.#guarded("channel", (channel) => this.dataChannelOpened.emit(channel)));
    this.#sctp = sctp;
  }

  /** The end, as far as packets go; the owner closes. */
  #fail(why: string): void {
    if (this.#state !== "closed") {
      this.#logger.debug("a connection failed", { why });
      this.#release();
      this.#enter("failed");
    }
  }

  #release(): void {
    if (!this.#isReleased) {
      this.#isReleased = true;
      this.#logger.debug("a connection ends", this.counters);
    }
    this.#media.close();
    this.#sctp?.close();
    this.#dtls?.close();
    this.#ice?.close();
  }

  #enter(state: PeerTransportState): void {
    if (state !== this.#state && this.#state !== "closed") {
      this.#state = state;
      this.stateChanged.emit(state);
    }
  }

  /** Sockets, timers and promises of the library call; nothing may throw into them. */
  #guarded<Value>(name: string, listener: (value: Value) => void): (value: Value) => void {
    return guarded(this.#logger, `peer.${name}`, listener);
  }
}

function refused(what: string, cause?: unknown): FloeError {
  return new FloeError("webrtc/offer-refused", `the transport refused the offer: ${what}`, { cause });
}
