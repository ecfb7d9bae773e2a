// The exchange of descriptions and candidates for one connection of a call: what went, what came, what has to wait.
// An offer or answer goes once each way (a second one is ignored); candidates wait for the description they belong to.
import { CandidateQueue } from "./candidate-queue.js";
import type { IceCandidate } from "./ice-candidate.js";
import { PathSearch } from "./path-search.js";
import type { PeerSessionOutput } from "./peer-session-io.js";
import type { CallRole, EndCode } from "./peer-session-state.js";
import type { CandidateMessage, DescriptionMessage } from "./signaller.js";

/** One after the other, the exchanges of a session's calls. */
export class PeerSessionExchange {
  /** What was tried to find a path. */
  readonly search: PathSearch;
  readonly #emit: (output: PeerSessionOutput) => void;
  readonly #localCandidates: CandidateQueue;
  readonly #remoteCandidates: CandidateQueue;
  #peer = "";
  #role: CallRole = "caller";
  #connection = 0;
  #isOpen = false;
  #isLocalSent = false;
  #isRemoteGiven = false;

  constructor(emit: (output: PeerSessionOutput) => void, iceUrls: readonly string[]) {
    this.#emit = emit;
    this.search = new PathSearch(iceUrls);
    this.#localCandidates = new CandidateQueue((candidate) => {
      emit({ kind: "send", message: { kind: "candidate", peer: this.#peer, candidate } });
    });
    this.#remoteCandidates = new CandidateQueue((candidate) => {
      emit({ kind: "add-remote-candidate", connection: this.#connection, candidate });
    });
  }

  /** Counts connections up, so that events of an old one are known. */
  get connection(): number {
    return this.#connection;
  }

  /** Whether a connection is there that has not closed yet. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Candidates that did not fit. */
  get droppedCandidates(): number {
    return this.#localCandidates.dropped + this.#remoteCandidates.dropped;
  }

  /** The call was accepted. A caller opens its connection now, a callee when the offer comes. */
  begin(peer: string, role: CallRole): void {
    this.#peer = peer;
    this.#role = role;
    this.#isLocalSent = false;
    this.#isRemoteGiven = false;
    this.search.begin();
    this.#localCandidates.reset();
    this.#remoteCandidates.reset();
    if (role === "caller") {
      this.#open();
    }
  }

  /** The connection has closed, or nobody waits for it any more. */
  closed(): void {
    this.#isOpen = false;
    this.#localCandidates.reset();
    this.#remoteCandidates.reset();
  }

  /** The peer's offer or answer. False when it does not fit: wrong type, too early, the second one. */
  remoteDescription({ type, sdp }: DescriptionMessage): boolean {
    const isExpected = type === (this.#role === "caller" ? "answer" : "offer");
    const isTooEarly = this.#role === "caller" && !this.#isLocalSent;
    if (!isExpected || isTooEarly || this.#isRemoteGiven) {
      return false;
    }
    if (this.#role === "callee") {
      this.#open();
    }
    this.#isRemoteGiven = true;
    this.search.there(sdp);
    this.#emit({ kind: "set-remote-description", connection: this.#connection, type, sdp });
    return true;
  }

  /** The stack has taken the peer's description. */
  remoteDescriptionSet(): void {
    this.#remoteCandidates.open();
  }

  /** Our offer or answer is ready. False when one went out already. */
  localDescription(sdp: string): boolean {
    if (this.#isLocalSent) {
      return false;
    }
    this.#isLocalSent = true;
    this.search.here(sdp);
    const type = this.#role === "caller" ? "offer" : "answer";
    this.#emit({ kind: "send", message: { kind: "description", peer: this.#peer, type, sdp } });
    this.#localCandidates.open();
    return true;
  }

  localCandidate(candidate: IceCandidate): void {
    this.search.here(candidate.candidate);
    this.#localCandidates.push(candidate);
  }

  remoteCandidate({ candidate }: CandidateMessage): void {
    this.search.there(candidate.candidate);
    this.#remoteCandidates.push(candidate);
  }

  /** What has failed when the time is up: the exchange, or the search for a path after it. */
  get failure(): { readonly code: EndCode; readonly detail: string } {
    if (this.#isLocalSent && this.#isRemoteGiven) {
      return this.search.failure;
    }
    const code = "negotiation-timeout";
    if (this.#role === "caller") {
      return {
        code,
        detail: this.#isLocalSent ? "no answer came to the offer" : "the offer could not be made in time",
      };
    }
    return { code, detail: this.#isRemoteGiven ? "the answer could not be made in time" : "no offer came" };
  }

  #open(): void {
    this.#connection++;
    this.#isOpen = true;
    this.#emit({ kind: "open-transport", connection: this.#connection, role: this.#role, peer: this.#peer });
  }
}
