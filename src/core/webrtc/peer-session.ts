// PeerSession: one call at a time, from ringing to its end, for both roles. A machine: no connection, no socket, no clock.
//
//            call            accept ◄ peer                          connected
//   idle ──────────► outgoing-init ──────────┐                  ┌──────────────► active
//     │   init ◄ peer                accept  ▼                  │                  │ ▲ disconnected: 5 s of grace
//     └────────────► incoming-init ───────► negotiating ────────┘                  └─┘
//   any ──► hangup, reject, timeout, failure ──► ending (transport closes) ──► ended ──► as idle
import { FloeError } from "../error/floe-error.js";
import type { Machine } from "../net/machine.js";
import { type Micros, milliseconds } from "../time/units.js";
import { PeerSessionExchange } from "./peer-session-exchange.js";
import type {
  ConnectionState,
  PeerSessionCounters,
  PeerSessionInput,
  PeerSessionOptions,
  PeerSessionOutput,
} from "./peer-session-io.js";
import {
  type CallRole,
  cleanDetail,
  describeEnd,
  type EndCode,
  type EndReason,
  faultCode,
  type PeerSessionState,
} from "./peer-session-state.js";
import type { CallControl, ControlMessage, SignallingMessage } from "./signaller.js";

type ConnectionChange = Extract<PeerSessionInput, { readonly kind: "connection-state" }>;

/** One call at a time with one peer. Run it by a MachineDriver. */
export class PeerSession implements Machine<PeerSessionInput, PeerSessionOutput> {
  readonly #ringUs: Micros;
  readonly #negotiationUs: Micros;
  readonly #graceUs: Micros;
  readonly #closeUs: Micros;
  readonly #outputs: PeerSessionOutput[] = [];
  readonly #exchange: PeerSessionExchange;
  #state: PeerSessionState = { kind: "idle" };
  #deadlineUs: Micros | undefined;
  /** Rang while the last call was still closing; rings again when that is done. */
  #waitingPeer: string | undefined;
  #ignored = 0;
  #busy = 0;

  constructor({
    ringTimeoutMs = 30_000,
    negotiationTimeoutMs = 15_000,
    disconnectedGraceMs = 5000,
    closeTimeoutMs = 2000,
    iceUrls = [],
  }: PeerSessionOptions = {}) {
    this.#exchange = new PeerSessionExchange((output) => this.#outputs.push(output), iceUrls);
    this.#ringUs = milliseconds(ringTimeoutMs);
    this.#negotiationUs = milliseconds(negotiationTimeoutMs);
    this.#graceUs = milliseconds(disconnectedGraceMs);
    this.#closeUs = milliseconds(closeTimeoutMs);
  }

  get state(): PeerSessionState {
    return this.#state;
  }

  get counters(): PeerSessionCounters {
    return { ignored: this.#ignored, droppedCandidates: this.#exchange.droppedCandidates, busy: this.#busy };
  }

  get deadlineUs(): Micros | undefined {
    return this.#deadlineUs;
  }

  poll(): PeerSessionOutput | undefined {
    return this.#outputs.shift();
  }

  handle(input: PeerSessionInput, nowUs: Micros): void {
    switch (input.kind) {
      case "call":
        this.#call(input.peer, nowUs);
        break;
      case "accept":
        this.#accept(nowUs);
        break;
      case "reject":
        this.#reject(input.reason ?? "declined", nowUs);
        break;
      case "hangup":
        this.#hangup(input, nowUs);
        break;
      case "message":
        this.#message(input.message, nowUs);
        break;
      case "peer-gone":
        this.#peerGone(input.peer, nowUs);
        break;
      default:
        if (input.connection === this.#exchange.connection && this.#exchange.isOpen) {
          this.#transportEvent(input, nowUs);
        } else {
          this.#ignored++;
        }
    }
  }

  tick(nowUs: Micros): void {
    if (this.#deadlineUs === undefined || nowUs < this.#deadlineUs) {
      return;
    }
    switch (this.#state.kind) {
      case "outgoing-init":
        this.#end({ code: "no-answer", by: "remote", detail: "" }, nowUs, { tell: "hangup", as: "no answer" });
        break;
      case "incoming-init":
        this.#end({ code: "no-answer", by: "local", detail: "" }, nowUs, { tell: "reject", as: "no answer" });
        break;
      case "negotiating": {
        const { code, detail } = this.#exchange.failure;
        this.#fail(code, detail, nowUs);
        break;
      }
      case "active":
        this.#fail("connection-lost", "", nowUs);
        break;
      case "ending":
        this.#ended(this.#state.peer, this.#state.reason, nowUs);
        break;
      default:
        this.#deadlineUs = undefined;
    }
  }

  #call(peer: string, nowUs: Micros): void {
    const { kind } = this.#state;
    if (kind !== "idle" && kind !== "ended") {
      throw new FloeError("webrtc/in-call", `cannot call ${peer}: the session is ${kind}`, {
        fix: "Hang up first, and wait until the session has ended.",
      });
    }
    this.#send({ kind: "control", peer, control: "init" });
    this.#enter({ kind: "outgoing-init", peer, sinceUs: nowUs }, nowUs + this.#ringUs);
  }

  #accept(nowUs: Micros): void {
    if (this.#state.kind !== "incoming-init") {
      this.#ignored++;
      return;
    }
    const { peer } = this.#state;
    this.#send({ kind: "control", peer, control: "accept" });
    this.#negotiate(peer, "callee", nowUs);
  }

  #reject(reason: string, nowUs: Micros): void {
    if (this.#state.kind !== "incoming-init") {
      this.#ignored++;
      return;
    }
    this.#end({ code: "rejected", by: "local", detail: cleanDetail(reason) }, nowUs, { tell: "reject", as: reason });
  }

  #hangup({ reason = "hangup", code }: { readonly reason?: string; readonly code?: EndCode }, nowUs: Micros): void {
    this.#waitingPeer = undefined;
    const told = { as: reason, ...(code === undefined ? {} : { code }) };
    const tell = this.#state.kind === "incoming-init" ? "reject" : "hangup";
    this.#end({ code: "hangup", by: "local", detail: cleanDetail(reason) }, nowUs, { tell, ...told });
  }

  #peerGone(peer: string, nowUs: Micros): void {
    if (this.#waitingPeer === peer) {
      this.#waitingPeer = undefined;
    }
    if (this.#peer === peer) {
      this.#end({ code: "peer-gone", by: "remote", detail: "" }, nowUs);
    }
  }

  #message(message: SignallingMessage, nowUs: Micros): void {
    if (message.kind === "control" && message.control === "init") {
      this.#ring(message.peer, nowUs);
    } else if (message.kind === "control" && message.control === "hangup" && message.peer === this.#waitingPeer) {
      this.#waitingPeer = undefined;
    } else if (message.peer !== this.#peer) {
      this.#ignored++;
    } else if (message.kind === "control") {
      this.#control(message, nowUs);
    } else if (this.#state.kind !== "negotiating" && this.#state.kind !== "active") {
      this.#ignored++;
    } else if (message.kind === "candidate") {
      this.#exchange.remoteCandidate(message);
    } else if (!this.#exchange.remoteDescription(message)) {
      this.#ignored++;
    }
  }

  #ring(peer: string, nowUs: Micros): void {
    const { kind } = this.#state;
    if (kind === "idle" || kind === "ended") {
      this.#enter({ kind: "incoming-init", peer, sinceUs: nowUs }, nowUs + this.#ringUs);
    } else if (kind === "ending" && (this.#waitingPeer === undefined || this.#waitingPeer === peer)) {
      // Whoever hangs up and calls again is faster than the stack closes: that is no reason to say busy.
      this.#waitingPeer = peer;
    } else {
      this.#busy++;
      this.#send({ kind: "control", peer, control: "reject", reason: "busy" });
    }
  }

  #control({ peer, control, reason, code }: ControlMessage, nowUs: Micros): void {
    const detail = cleanDetail(reason);
    const isRinging = this.#state.kind === "outgoing-init";
    if (control === "accept" && isRinging) {
      this.#negotiate(peer, "caller", nowUs);
    } else if (control === "reject" && isRinging) {
      this.#end({ code: detail === "busy" ? "busy" : "rejected", by: "remote", detail }, nowUs);
    } else if (control === "hangup" && !isRinging) {
      // Who has not accepted rejects: a hangup while we ring is of the call before, and crossed our own.
      this.#end({ code: faultCode(code) ?? "hangup", by: "remote", detail }, nowUs);
    } else {
      this.#ignored++;
    }
  }

  #transportEvent(input: Extract<PeerSessionInput, { readonly connection: number }>, nowUs: Micros): void {
    if (input.kind === "connection-state") {
      this.#connectionState(input, nowUs);
      return;
    }
    const { state } = this;
    if (state.kind !== "negotiating" && state.kind !== "active") {
      this.#ignored++;
      return;
    }
    switch (input.kind) {
      case "local-description":
        if (!this.#exchange.localDescription(input.sdp)) {
          this.#ignored++;
        }
        break;
      case "local-candidate":
        this.#exchange.localCandidate(input.candidate);
        break;
      case "ice-server-failed":
        this.#exchange.search.serverFailed(input.url, cleanDetail(input.detail));
        break;
      case "path-found":
        this.#exchange.search.found();
        break;
      case "remote-description-set":
        this.#exchange.remoteDescriptionSet();
        break;
      case "negotiation-failed": {
        this.#fail("negotiation-failed", cleanDetail(input.detail), nowUs);
        break;
      }
      default:
        input satisfies never;
    }
  }

  #connectionState({ state: connectionState, detail, hasEncryptionFailed }: ConnectionChange, nowUs: Micros): void {
    const { state } = this;
    if (connectionState === "closed") {
      this.#exchange.closed();
      if (state.kind === "ending") {
        this.#ended(state.peer, state.reason, nowUs);
      } else {
        this.#fail("transport-closed", cleanDetail(detail), nowUs);
      }
    } else if (connectionState === "failed" && state.kind !== "ending") {
      if (hasEncryptionFailed === true) {
        this.#fail("dtls-failed", cleanDetail(detail), nowUs);
        return;
      }
      const { code, detail: tried } = this.#exchange.search.failure;
      this.#fail(state.kind === "active" ? "connection-lost" : code, cleanDetail(detail) || tried, nowUs);
    } else if (state.kind === "negotiating" && connectionState === "connected") {
      this.#enter({ kind: "active", peer: state.peer, role: state.role, sinceUs: nowUs }, undefined);
    } else if (state.kind === "active") {
      this.#pathChanged(state, connectionState, nowUs);
    }
  }

  #pathChanged(
    state: Extract<PeerSessionState, { readonly kind: "active" }>,
    connectionState: ConnectionState,
    nowUs: Micros,
  ): void {
    const { kind, peer, role, sinceUs } = state;
    if (connectionState === "disconnected" && state.interruptedUs === undefined) {
      this.#enter({ kind, peer, role, sinceUs, interruptedUs: nowUs }, nowUs + this.#graceUs);
    } else if (connectionState === "connected" && state.interruptedUs !== undefined) {
      this.#enter({ kind, peer, role, sinceUs }, undefined);
    }
  }

  #negotiate(peer: string, role: CallRole, nowUs: Micros): void {
    this.#enter({ kind: "negotiating", peer, role, sinceUs: nowUs }, nowUs + this.#negotiationUs);
    this.#exchange.begin(peer, role);
  }

  #fail(code: EndCode, detail: string, nowUs: Micros): void {
    const reason: EndReason = { code, by: "local", detail };
    this.#end(reason, nowUs, { tell: "hangup", as: detail === "" ? describeEnd(reason) : detail, code });
  }

  #end(
    reason: EndReason,
    nowUs: Micros,
    { tell, as = "", code }: { readonly tell?: CallControl; readonly as?: string; readonly code?: EndCode } = {},
  ): void {
    const peer = this.#peer;
    if (peer === undefined) {
      return;
    }
    if (tell !== undefined) {
      this.#send({ kind: "control", peer, control: tell, reason: as, ...(code === undefined ? {} : { code }) });
    }
    if (this.#exchange.isOpen) {
      this.#outputs.push({ kind: "close-transport", connection: this.#exchange.connection });
      this.#enter({ kind: "ending", peer, reason }, nowUs + this.#closeUs);
    } else {
      this.#ended(peer, reason, nowUs);
    }
  }

  #ended(peer: string, reason: EndReason, nowUs: Micros): void {
    this.#exchange.closed();
    this.#enter({ kind: "ended", peer, reason, sinceUs: nowUs }, undefined);
    const waiting = this.#waitingPeer;
    this.#waitingPeer = undefined;
    if (waiting !== undefined) {
      this.#ring(waiting, nowUs);
    }
  }

  /** The other end of the call that goes on; undefined when none does (any more). */
  get #peer(): string | undefined {
    const { state } = this;
    return state.kind === "idle" || state.kind === "ending" || state.kind === "ended" ? undefined : state.peer;
  }

  #send(message: SignallingMessage): void {
    this.#outputs.push({ kind: "send", message });
  }

  #enter(state: PeerSessionState, deadlineUs: Micros | undefined): void {
    this.#state = state;
    this.#deadlineUs = deadlineUs;
    this.#outputs.push({ kind: "changed", state });
  }
}
