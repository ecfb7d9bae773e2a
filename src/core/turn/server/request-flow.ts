// Requests on their way through a TURN server: checked cheaply first, then by their credentials, then by their attributes, and
// only then handled.
import { WireError } from "../../error/floe-error.js";
import { writeBindingResponse } from "../../stun/binding-response.js";
import type { ReplyGuard } from "../../stun/reply-guard.js";
import { STUN_BASICS, StunAttribute, StunClass, StunMethod } from "../../stun/stun-constants.js";
import { StunMessage } from "../../stun/stun-message.js";
import { StunVerdict, type StunVerifier } from "../../stun/stun-verifier.js";
import { StunWriter } from "../../stun/stun-writer.js";
import type { Micros } from "../../time/units.js";
import type { AllocateHandler } from "./allocate-handler.js";
import type { Allocation } from "./allocation.js";
import { channelBind, createPermission, refresh } from "./allocation-requests.js";
import type { ClientPath } from "./client-path.js";
import type { ClientStreams } from "./client-streams.js";
import type { CredentialAnswer } from "./credentials.js";
import type { PeerConnections } from "./peer-connections.js";
import type { GateVerdict, RequestGate } from "./request-gate.js";
import type { ServerCore } from "./server-core.js";
import { ANSWER_TIMEOUT_US } from "./server-limits.js";
import type { TurnRequest } from "./turn-request.js";
import type { WaitingRequest } from "./waiting-request.js";

/** Types that must be understood and are, in requests. */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  ...STUN_BASICS,
  StunAttribute.channelNumber,
  StunAttribute.lifetime,
  StunAttribute.xorPeerAddress,
  StunAttribute.data,
  StunAttribute.requestedAddressFamily,
  StunAttribute.evenPort,
  StunAttribute.requestedTransport,
  StunAttribute.dontFragment,
  StunAttribute.reservationToken,
  StunAttribute.connectionId,
]);

/** Methods that need an allocation. */
const OF_ALLOCATION: readonly number[] = [
  StunMethod.refresh,
  StunMethod.createPermission,
  StunMethod.channelBind,
  StunMethod.connect,
];

/** What it needs of the server. */
export type RequestFlowOptions = {
  readonly core: ServerCore;
  readonly verifier: StunVerifier;
  readonly gate: RequestGate;
  readonly guard: ReplyGuard;
  readonly allocate: AllocateHandler;
  readonly peerConnections: PeerConnections;
  readonly streams: () => ClientStreams;
};

/** Reads requests and has them served. */
export class RequestFlow {
  readonly #core: ServerCore;
  readonly #verifier: StunVerifier;
  readonly #gate: RequestGate;
  readonly #guard: ReplyGuard;
  readonly #allocate: AllocateHandler;
  readonly #peerConnections: PeerConnections;
  readonly #streamsOf: () => ClientStreams;
  readonly #waiting = new Map<number, WaitingRequest>();
  readonly #bindingWriter = new StunWriter(new Uint8Array(1024));

  constructor({ core, verifier, gate, guard, allocate, peerConnections, streams }: RequestFlowOptions) {
    this.#core = core;
    this.#verifier = verifier;
    this.#gate = gate;
    this.#guard = guard;
    this.#allocate = allocate;
    this.#peerConnections = peerConnections;
    this.#streamsOf = streams;
  }

  /** Any STUN message but a Send indication. `bytes` are read before this returns. */
  receive(path: ClientPath, bytes: Uint8Array, nowUs: Micros): void {
    const { counters } = this.#core;
    counters.requests++;
    const verdict = this.#verifier.verifyBytes(bytes, undefined);
    const isForged = (verdict & StunVerdict.hasFingerprint) !== 0 && (verdict & StunVerdict.fingerprintIsRight) === 0;
    if (verdict < 0 || isForged) {
      counters.ignored++;
      return;
    }
    try {
      const message = StunMessage.parse(bytes);
      if (message.messageClass === StunClass.request) {
        this.#request(path, message, nowUs);
      } else {
        counters.ignored++;
      }
    } catch (error) {
      // The structure was checked: only a reader of values can have thrown, before anything was answered.
      if (!(error instanceof WireError)) {
        throw error;
      }
      counters.ignored++;
    }
  }

  #request(path: ClientPath, message: StunMessage, nowUs: Micros): void {
    const { replies } = this.#core;
    if (message.method === StunMethod.binding) {
      replies.sendGuarded(path, writeBindingResponse(this.#bindingWriter, message, path.remote).slice(), nowUs);
      return;
    }
    const isMethod =
      OF_ALLOCATION.includes(message.method) ||
      message.method === StunMethod.allocate ||
      message.method === StunMethod.connectionBind;
    if (!isMethod) {
      replies.refuse(requestOf(path, message), 400, nowUs);
      return;
    }
    const allocation = this.#core.table.find(path);
    this.#judge(path, message, this.#checked(path, message, allocation, nowUs), nowUs);
  }

  /** A broken credential attribute is a bad request. */
  #checked(path: ClientPath, message: StunMessage, allocation: Allocation | undefined, nowUs: Micros): GateVerdict {
    try {
      return this.#gate.check(message, path, allocation, nowUs);
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      return { kind: "refused", code: 400 };
    }
  }

  #judge(path: ClientPath, message: StunMessage, verdict: GateVerdict, nowUs: Micros): void {
    const { replies } = this.#core;
    switch (verdict.kind) {
      case "passed":
        this.#guard.proven(path.remote);
        this.#serve({ ...requestOf(path, message), auth: verdict.auth }, message, nowUs);
        break;
      case "later":
        this.#wait(path, message, verdict.query, nowUs);
        break;
      case "refused": {
        const request = requestOf(path, message);
        if (verdict.code === 400) {
          replies.refuse(request, 400, nowUs);
        } else {
          const isFull = message.has(StunAttribute.passwordAlgorithms) || message.integritySha256At > 0;
          replies.challenge(request, verdict.code, nowUs, { isFull });
        }
        break;
      }
      default:
        verdict satisfies never;
    }
  }

  #wait(path: ClientPath, message: StunMessage, query: number, nowUs: Micros): void {
    if (this.#waiting.size >= this.#core.limits.waitingRequests) {
      this.#core.counters.ignored++;
      return;
    }
    const bytes = message.bytes.slice();
    const waiting: WaitingRequest = { kind: "waiting-request", query, path, bytes, deadlineUs: 0, heapIndex: -1 };
    this.#waiting.set(query, waiting);
    this.#core.timers.set(waiting, nowUs + ANSWER_TIMEOUT_US);
  }

  /** The credentials hook's answer. */
  resume(query: number, answer: CredentialAnswer, nowUs: Micros): void {
    const waiting = this.#waiting.get(query);
    if (waiting === undefined) {
      return;
    }
    this.#waiting.delete(query);
    this.#core.timers.remove(waiting);
    const { path } = waiting;
    if (path.isStream && !this.#streamsOf().has(path.socket)) {
      return;
    }
    const message = StunMessage.parse(waiting.bytes);
    this.#judge(path, message, this.#gate.resume(message, answer), nowUs);
  }

  /** A request of somebody who has proven who they are. */
  #serve(request: TurnRequest, message: StunMessage, nowUs: Micros): void {
    const { replies, table } = this.#core;
    const unknown = message.unknownRequired(UNDERSTOOD);
    if (unknown.length > 0) {
      replies.error(request, 420, (writer) => writer.unknownAttributes(unknown));
      return;
    }
    const allocation = table.find(request.path);
    try {
      if (message.method === StunMethod.allocate) {
        this.#allocate.handle(request, message, allocation, nowUs);
      } else if (message.method === StunMethod.connectionBind) {
        this.#bindConnection(request, message);
      } else if (allocation === undefined || !allocation.isOpen) {
        replies.error(request, 437);
      } else if (allocation.identity !== request.auth?.identity) {
        replies.error(request, 441);
      } else {
        this.#serveAllocation(request, message, allocation, nowUs);
      }
    } catch (error) {
      // Handlers read all attributes before they change or answer anything.
      if (!(error instanceof WireError)) {
        throw error;
      }
      replies.error(request, 400);
    }
  }

  #serveAllocation(request: TurnRequest, message: StunMessage, allocation: Allocation, nowUs: Micros): void {
    allocation.response = undefined;
    switch (message.method) {
      case StunMethod.refresh:
        refresh(this.#core, request, message, allocation, nowUs);
        break;
      case StunMethod.createPermission:
        createPermission(this.#core, request, message, allocation, nowUs);
        break;
      case StunMethod.channelBind:
        channelBind(this.#core, request, message, allocation, nowUs);
        break;
      default:
        this.#peerConnections.connect(request, message, allocation, nowUs);
    }
  }

  #bindConnection(request: TurnRequest, message: StunMessage): void {
    const { socket, isStream } = request.path;
    const connection = isStream ? this.#streamsOf().get(socket) : undefined;
    const early = connection?.assembler.rest() ?? new Uint8Array();
    this.#peerConnections.bind(request, message, connection, early);
  }

  /** The hook has not answered in time. */
  expired({ query }: WaitingRequest): void {
    this.#waiting.delete(query);
    this.#core.counters.ignored++;
  }

  /** Forgets what waits for the hook. */
  clear(): void {
    for (const waiting of this.#waiting.values()) {
      this.#core.timers.remove(waiting);
    }
    this.#waiting.clear();
  }
}

function requestOf(path: ClientPath, message: StunMessage): TurnRequest {
  const { method, fingerprintAt } = message;
  const transactionId = message.transactionId.slice();
  return { path, method, transactionId, hasFingerprint: fingerprintAt > 0, auth: undefined };
}
