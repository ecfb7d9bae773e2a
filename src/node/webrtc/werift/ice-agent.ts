// ICE for one connection (RFC 8445): werift checks pairs, nominates and asks for consent; sockets, credentials, and whatever
// comes from outside are looked after here. Its own agent would answer checks that nobody signed, and remember all of them.
import { randomBytes } from "node:crypto";
import type { Logger } from "../../../core/diagnosis/logger.js";
import { Signal } from "../../../core/signal/signal.js";
import type { DatagramWay } from "./datagram-way.js";
import { parseCandidate } from "./ice-candidates.js";
import { type GatheringOptions, gatherCandidates } from "./ice-gathering.js";
import { IceProtocol } from "./ice-protocol.js";
import type { Werift } from "./load-werift.js";

type Candidate = InstanceType<Werift["Candidate"]>;
type CandidatePair = InstanceType<Werift["CandidatePair"]>;
type Connection = InstanceType<Werift["Connection"]>;
type Message = InstanceType<Werift["Message"]>;

/** Candidates that a peer may tell, and addresses beside them that its checks may come from. */
export const MAX_REMOTE_CANDIDATES = 64;
const MAX_REMOTE_ADDRESSES = 128;
/** Checks of a peer on pairs that do not work (yet): each makes us check, too. */
const MAX_TRIGGERED_CHECKS = 2000;
/** As long as consent lasts without an answer (RFC 7675 5.1), so that both ends of silence are noticed alike. */
const PATH_TIMEOUT_MS = 30_000;

/** What the peer told of itself. */
export type IceRemote = { readonly ufrag: string; readonly password: string; readonly isLite: boolean };

/** One agent. */
export class IceAgent {
  /** A candidate line of ours; "" when there are no more. */
  readonly candidateGathered: Signal<string> = new Signal();
  /** There is a path: `send` works from now on. */
  readonly pathFound: Signal = new Signal();
  /** There is none, or not any more; in words. */
  readonly failed: Signal<string> = new Signal();
  /** Datagrams that are no STUN, from addresses that the peer has proven to be its own. The bytes are the listener's. */
  readonly received: Signal<Buffer> = new Signal();
  readonly ufrag: string = randomBytes(6).toString("base64");
  readonly password: string = randomBytes(18).toString("base64");
  readonly #werift: Werift;
  readonly #remote: IceRemote;
  readonly #connection: Connection;
  readonly #key: Buffer = Buffer.from(this.password);
  readonly #protocols: IceProtocol[] = [];
  readonly #remoteCandidates: Candidate[] = [];
  readonly #proven = new Set<string>();
  readonly #ending = new AbortController();
  #selected: { readonly way: DatagramWay; readonly host: string; readonly port: number } | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #triggered = 0;

  constructor(werift: Werift, remote: IceRemote) {
    this.#werift = werift;
    this.#remote = remote;
    // Whoever is called is controlled, unless the caller is a server that checks nothing (RFC 8445 6.1.1).
    this.#connection = new werift.Connection(remote.isLite, { useIpv4: false, useIpv6: false });
    const { ufrag: usernameFragment, password, isLite: iceLite } = remote;
    this.#connection.setRemoteParams({ iceLite, usernameFragment, password });
    this.#connection.localUsername = this.ufrag;
    this.#connection.localPassword = this.password;
    // Left to itself it asks a server of Google's.
    delete this.#connection.stunServer;
  }

  /** Gathers and checks, until there is a path, or 30 s have passed. */
  start(config: GatheringOptions["config"], logger: Logger): void {
    this.#deadline = setTimeout(() => this.#fail("no path was found in 30 s"), PATH_TIMEOUT_MS);
    this.#connection.stateChanged.subscribe((state) => {
      if (state === "failed") {
        this.#fail("the peer did not answer for 30 s");
      }
    });
    // Gathers nothing: it only marks the beginning, without which there is no connecting.
    void this.#connection.gatherCandidates();
    this.#connection.connect().then(
      () => this.#found(),
      (error: unknown) => logger.debug("ICE ended", { error }),
    );
    void gatherCandidates({
      werift: this.#werift,
      config,
      logger,
      ufrag: this.ufrag,
      signal: this.#ending.signal,
      opened: (way, candidate) => this.#addWay(way, candidate),
      gathered: (line) => this.candidateGathered.emit(line),
    });
  }

  /** Sends over the path; false while there is none. */
  send(bytes: Uint8Array): boolean {
    const selected = this.#selected;
    selected?.way.send(bytes, selected.host, selected.port);
    return selected !== undefined;
  }

  /** False when the line names nothing that could be reached, or is one too many. */
  addRemoteCandidate(line: string): boolean {
    const candidate =
      this.#remoteCandidates.length < MAX_REMOTE_CANDIDATES ? parseCandidate(this.#werift, line) : undefined;
    if (candidate === undefined || this.#ending.signal.aborted) {
      return false;
    }
    this.#remoteCandidates.push(candidate);
    this.#connection.remoteCandidates.push(candidate);
    for (const protocol of this.#protocols) {
      this.#pair(protocol, candidate);
    }
    return true;
  }

  /** Closes sockets and timers. Twice is quiet. */
  close(): void {
    clearTimeout(this.#deadline);
    this.#selected = undefined;
    if (!this.#ending.signal.aborted) {
      this.#ending.abort(new Error("the connection was closed"));
      void this.#connection.close();
    }
    for (const protocol of this.#protocols.splice(0)) {
      protocol.close();
    }
  }

  /** A local address is there. Answers the library's face of it, for asking STUN servers. */
  #addWay(way: DatagramWay, candidate: Candidate): IceProtocol {
    const protocol = new IceProtocol(this.#werift, way, candidate, (message, host, port, bytes) =>
      this.#requested(protocol, message, host, port, bytes),
    );
    this.#protocols.push(protocol);
    way.received = (bytes, host, port) => {
      // RFC 7983: STUN begins with 0 to 3.
      if (bytes[0] < 4) {
        protocol.receive(bytes, host, port);
      } else if (this.#proven.has(`${host} ${port}`)) {
        this.received.emit(bytes);
      }
    };
    for (const remote of this.#remoteCandidates) {
      this.#pair(protocol, remote);
    }
    return protocol;
  }

  #pair({ protocol, candidate }: IceProtocol, remote: Candidate): void {
    const { checkList, iceControlling, nominated } = this.#connection;
    if (nominated === undefined && candidate.canPairWith(remote)) {
      const pair = new this.#werift.CandidatePair(protocol, remote, iceControlling);
      pair.updateState(this.#werift.CandidatePairState.WAITING);
      checkList.push(pair);
      this.#werift.sortCandidatePairs(checkList, iceControlling);
    }
  }

  /** A check (RFC 8445 7.3): answered only when it is signed with our password. */
  #requested(protocol: IceProtocol, message: Message, host: string, port: number, bytes: Buffer): void {
    const { methods, classes, Message, parseMessage } = this.#werift;
    const isOurs =
      message.messageMethod === methods.BINDING &&
      message.getAttributeValue("USERNAME") === `${this.ufrag}:${this.#remote.ufrag}` &&
      parseMessage(bytes, this.#key) !== undefined;
    if (!isOurs) {
      return;
    }
    const { iceControlling } = this.#connection;
    const conflict = message.attributesKeys.includes(iceControlling ? "ICE-CONTROLLING" : "ICE-CONTROLLED");
    const answer = new Message(methods.BINDING, conflict ? classes.ERROR : classes.RESPONSE, message.transactionId);
    if (conflict) {
      answer.setAttribute("ERROR-CODE", [487, "Role Conflict"]);
    } else {
      answer.setAttribute("XOR-MAPPED-ADDRESS", [host, port]);
    }
    protocol.way.send(answer.addMessageIntegrity(this.#key).addFingerprint().bytes, host, port);
    if (!conflict) {
      this.#checked(protocol, message, host, port);
    }
  }

  /** A right check from an address: it is the peer's, and the pair is one to be checked from here, too. */
  #checked({ protocol, way }: IceProtocol, message: Message, host: string, port: number): void {
    const { checkList, remoteCandidates, nominated } = this.#connection;
    const isKnown = remoteCandidates.some((candidate) => candidate.host === host && candidate.port === port);
    if (!isKnown && remoteCandidates.length >= MAX_REMOTE_ADDRESSES) {
      return;
    }
    this.#proven.add(`${host} ${port}`);
    way.proven(host, port);
    const pair = checkList.find(
      ({ protocol: local, remoteCandidate }) =>
        local === protocol && remoteCandidate.host === host && remoteCandidate.port === port,
    );
    const isNominated = message.attributesKeys.includes("USE-CANDIDATE");
    if (pair?.state !== this.#werift.CandidatePairState.SUCCEEDED || (isNominated && nominated === undefined)) {
      if (this.#triggered++ < MAX_TRIGGERED_CHECKS) {
        this.#connection.checkIncoming(message, [host, port], protocol);
      }
    } else if (isNominated && nominated !== pair) {
      // The peer has changed its mind, as when a telephone goes from one network to another; the library keeps the first.
      this.#connection.nominated = pair;
      this.#select(pair);
    }
  }

  #found(): void {
    clearTimeout(this.#deadline);
    const { nominated } = this.#connection;
    if (nominated !== undefined && !this.#ending.signal.aborted) {
      this.#select(nominated);
      this.pathFound.emit();
    }
  }

  #select({ protocol: local, remoteAddr: [host, port] }: CandidatePair): void {
    const way = this.#protocols.find(({ protocol }) => protocol === local)?.way;
    if (way !== undefined) {
      this.#proven.add(`${host} ${port}`);
      this.#selected = { way, host, port };
    }
  }

  #fail(why: string): void {
    if (!this.#ending.signal.aborted) {
      this.close();
      this.failed.emit(why);
    }
  }
}
