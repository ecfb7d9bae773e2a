// The Symple v4 client as a machine: connect, authenticate, keep rooms and roster, reconnect for ever. No socket, no clock.
import type { Entropy } from "../crypto/entropy.js";
import { randomId } from "../crypto/entropy.js";
import { FloeError } from "../error/floe-error.js";
import type { Machine } from "../net/machine.js";
import { type Micros, milliseconds, seconds } from "../time/units.js";
import { isName } from "./address.js";
import { BackOff } from "./back-off.js";
import type { SympleClientInput, SympleClientOutput, SympleClientState } from "./client-io.js";
import { ClientRooms } from "./client-rooms.js";
import { type JsonObject, mergeJson } from "./json.js";
import { ID_LENGTH } from "./peer-router.js";
import { Roster } from "./roster.js";
import { isFinal, lostError, serverError, silentError, unreachableError } from "./server-error.js";
import { parseServerFrame, type RemotePeer } from "./server-frame.js";
import { TokenBucket } from "./token-bucket.js";

/** How long a socket may take to open, and how long the welcome may take after that. */
const ANSWER_TIMEOUT_US = seconds(10);
/** How long after the welcome the presence of everybody is awaited. */
const SNAPSHOT_US = seconds(3);
/** A server that sends no snapshot is asked for presence after this. */
const PROBE_AFTER_US = milliseconds(500);
/** A connection that held this long was good: the next loss starts the back-off anew. */
const GOOD_AFTER_US = seconds(10);
/** While somebody waits for the server, no wait between two attempts is longer: it is found soon after it is back. */
const HURRIED_WAIT_US = seconds(3);
/** Answers to probes are kept this rare, so that a crowd of newcomers cannot push us over the server's rate. */
const PROBE_ANSWERS = { capacity: 20, refillUs: seconds(10) };
/** WebSocket close codes (RFC 6455 7.4.1; from 3000 on an application's own). */
const CLOSE_NORMAL = 1000;
const CLOSE_TIMEOUT = 4408;
const CLOSE_REFUSED = 4401;

/** Who a client is and how it behaves. */
export type SympleClientOptions = {
  readonly entropy: Entropy;
  readonly user: string;
  /** What people call it; the user when left out. */
  readonly name?: string;
  /** What kind of peer: told to others as `peerType`. */
  readonly peerType?: string;
  /** The server's token; "" for none. Never printed. */
  readonly token?: string;
  /** Rooms to be in from the start. */
  readonly rooms?: readonly string[];
  /** Presence data of its own. */
  readonly data?: JsonObject;
  /** Whether a lost connection is made again, for ever. */
  readonly reconnect?: boolean;
};

/** One client of one server. */
export class SympleClient implements Machine<SympleClientInput, SympleClientOutput> {
  readonly #entropy: Entropy;
  readonly #backOff: BackOff;
  readonly #identity: { readonly user: string; readonly name: string; readonly token: string };
  readonly #reconnects: boolean;
  readonly #roster = new Roster();
  readonly #rooms = new ClientRooms();
  readonly #outputs: SympleClientOutput[] = [];
  readonly #probeAnswers = new TokenBucket(PROBE_ANSWERS, 0);
  #data: JsonObject;
  #state: SympleClientState = { kind: "closed" };
  #attempt = 0;
  #isHurried = false;
  #onlineSinceUs: Micros = 0;
  /** The error frame that came last on this socket: the reason of a close that follows. */
  #lastError: FloeError | undefined;
  #timeoutUs: Micros | undefined;
  #probeAtUs: Micros | undefined;
  #sweepAtUs: Micros | undefined;
  #framesIgnored = 0;

  constructor({
    entropy,
    user,
    name = "",
    peerType = "",
    token = "",
    rooms = [],
    data = {},
    reconnect = true,
  }: SympleClientOptions) {
    if (!isName(user)) {
      throw new FloeError("symple/bad-user", `"${user}" cannot be a user's name`, {
        fix: "Use 1 to 128 characters without a pipe.",
      });
    }
    this.#entropy = entropy;
    this.#backOff = new BackOff(entropy);
    this.#identity = { user, name, token };
    this.#reconnects = reconnect;
    this.#data = mergeJson(data, peerType === "" ? {} : { peerType });
    for (const room of rooms) {
      this.#rooms.want(room);
    }
  }

  /** Where the client stands. */
  get state(): SympleClientState {
    return this.#state;
  }

  /** Who else is online. Read it; the machine writes it. */
  get roster(): Pick<Roster, "peers" | "get" | "overflowed"> {
    return this.#roster;
  }

  /** The rooms that the server has confirmed, while online. */
  get rooms(): readonly string[] {
    return this.#rooms.confirmed;
  }

  /** How many frames of the server were not understood. */
  get framesIgnored(): number {
    return this.#framesIgnored;
  }

  get deadlineUs(): Micros | undefined {
    const due = [this.#timeoutUs, this.#probeAtUs, this.#sweepAtUs].filter((atUs) => atUs !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  poll(): SympleClientOutput | undefined {
    return this.#outputs.shift();
  }

  handle(input: SympleClientInput, nowUs: Micros): void {
    switch (input.kind) {
      case "open":
        this.#open(nowUs);
        break;
      case "close":
        this.#close();
        break;
      case "socket-opened":
        this.#authenticate(nowUs);
        break;
      case "socket-text":
        this.#receive(input.text, nowUs);
        break;
      case "socket-closed":
        this.#lost(input.code, input.reason, nowUs);
        break;
      case "send":
        this.#send({
          ...input.message.fields,
          type: input.message.type ?? "message",
          id: this.#newId(),
          to: input.message.to,
          subtype: input.message.subtype,
          data: input.message.data,
        });
        break;
      case "join":
        this.#rooms.want(input.room);
        this.#send({ type: "join", room: input.room });
        break;
      case "leave":
        this.#rooms.unwant(input.room);
        this.#send({ type: "leave", room: input.room });
        break;
      case "hurry":
        this.#hurry(input.isHurried, nowUs);
        break;
      case "presence":
        this.#data = mergeJson(this.#data, input.data);
        this.#announce({});
        break;
    }
  }

  tick(nowUs: Micros): void {
    if (this.#timeoutUs !== undefined && nowUs >= this.#timeoutUs) {
      this.#timeoutUs = undefined;
      if (this.#state.kind === "error") {
        this.#connect(nowUs);
      } else {
        this.#outputs.push({ kind: "disconnect", code: CLOSE_TIMEOUT, reason: "No answer" });
        this.#fail(silentError(), nowUs);
      }
    }
    if (this.#probeAtUs !== undefined && nowUs >= this.#probeAtUs) {
      this.#probeAtUs = undefined;
      this.#announce({ probe: true });
    }
    if (this.#sweepAtUs !== undefined && nowUs >= this.#sweepAtUs) {
      this.#sweepAtUs = undefined;
      this.#outputs.push(...this.#roster.sweep());
    }
  }

  #open(nowUs: Micros): void {
    if (this.#state.kind === "closed" || this.#state.kind === "error") {
      this.#connect(nowUs);
    }
  }

  #connect(nowUs: Micros): void {
    this.#attempt++;
    this.#lastError = undefined;
    this.#timeoutUs = nowUs + ANSWER_TIMEOUT_US;
    this.#enter({ kind: "connecting", attempt: this.#attempt });
    this.#outputs.push({ kind: "connect" });
  }

  #authenticate(nowUs: Micros): void {
    if (this.#state.kind !== "connecting") {
      return;
    }
    this.#timeoutUs = nowUs + ANSWER_TIMEOUT_US;
    this.#enter({ kind: "authenticating", attempt: this.#attempt });
    this.#text({ type: "auth", ...this.#identity, rooms: this.#rooms.wanted, data: this.#data });
  }

  #receive(text: string, nowUs: Micros): void {
    const frame = parseServerFrame(text);
    if (frame.kind === "error") {
      this.#refused(serverError(frame.status, frame.message), nowUs);
    } else if (this.#state.kind === "authenticating" && frame.kind === "welcome") {
      this.#welcome(frame.peer, frame.rooms, nowUs);
    } else if (this.#state.kind !== "online") {
      this.#framesIgnored++;
    } else if (frame.kind === "presence") {
      this.#presence(this.#state.peer, frame.peer, frame, nowUs);
    } else if (frame.kind === "message") {
      this.#outputs.push({ kind: "received", message: frame.message });
    } else if (frame.kind === "joined") {
      this.#rooms.joined(frame.room);
    } else if (frame.kind === "left") {
      this.#rooms.left(frame.room);
    } else {
      this.#framesIgnored++;
    }
  }

  #welcome(peer: RemotePeer, rooms: readonly string[], nowUs: Micros): void {
    this.#timeoutUs = undefined;
    this.#attempt = 0;
    this.#onlineSinceUs = nowUs;
    this.#probeAtUs = nowUs + PROBE_AFTER_US;
    this.#sweepAtUs = nowUs + SNAPSHOT_US;
    this.#roster.doubt();
    const missing = this.#rooms.welcome(rooms);
    this.#enter({ kind: "online", peer });
    for (const room of missing) {
      this.#text({ type: "join", room });
    }
  }

  #presence(
    self: RemotePeer,
    peer: RemotePeer,
    { online, isProbe }: { readonly online: boolean; readonly isProbe: boolean },
    nowUs: Micros,
  ): void {
    if (peer.id === self.id) {
      return;
    }
    // Somebody was announced: the server sends snapshots and need not be asked.
    this.#probeAtUs = undefined;
    const change = this.#roster.apply(peer, { online });
    if (change !== undefined) {
      this.#outputs.push(change);
    }
    if (isProbe && online && this.#probeAnswers.take(nowUs)) {
      this.#announce({ to: peer.address });
    }
  }

  /** An error frame: while online a note, before that the end of this attempt, either way the reason of a close to come. */
  #refused(error: FloeError, nowUs: Micros): void {
    this.#lastError = error;
    if (this.#state.kind === "online") {
      this.#outputs.push({ kind: "refused", error });
    } else if (this.#state.kind === "authenticating") {
      this.#outputs.push({ kind: "disconnect", code: CLOSE_REFUSED, reason: "Refused" });
      this.#fail(error, nowUs);
    }
  }

  #lost(code: number, reason: string, nowUs: Micros): void {
    switch (this.#state.kind) {
      case "connecting":
        this.#fail(unreachableError(), nowUs);
        break;
      case "authenticating":
      case "online":
        this.#fail(this.#lastError ?? lostError(code, reason), nowUs);
        break;
      default:
    }
  }

  #fail(error: FloeError, nowUs: Micros): void {
    if (this.#state.kind === "online" && nowUs - this.#onlineSinceUs >= GOOD_AFTER_US) {
      this.#backOff.reset();
    }
    this.#stopTimers();
    this.#rooms.lost();
    const retryAtUs = this.#reconnects && !isFinal(error) ? nowUs + this.#nextWaitUs() : undefined;
    this.#timeoutUs = retryAtUs;
    this.#enter({ kind: "error", error, retryAtUs });
    if (retryAtUs === undefined) {
      this.#outputs.push(...this.#roster.clear());
    }
  }

  #nextWaitUs(): Micros {
    return this.#backOff.next(this.#isHurried ? HURRIED_WAIT_US : undefined);
  }

  /** A long wait that is under way is cut short: nobody was waiting when it began. */
  #hurry(isHurried: boolean, nowUs: Micros): void {
    this.#isHurried = isHurried;
    if (isHurried && this.#state.kind === "error" && this.#state.retryAtUs !== undefined) {
      if (this.#state.retryAtUs - nowUs > HURRIED_WAIT_US) {
        const retryAtUs = nowUs + this.#nextWaitUs();
        this.#timeoutUs = retryAtUs;
        this.#enter({ ...this.#state, retryAtUs });
      }
    }
  }

  #close(): void {
    const { kind } = this.#state;
    if (kind === "closed") {
      return;
    }
    this.#stopTimers();
    this.#backOff.reset();
    this.#attempt = 0;
    this.#rooms.lost();
    if (kind !== "error") {
      this.#outputs.push({ kind: "disconnect", code: CLOSE_NORMAL, reason: "" });
    }
    this.#enter({ kind: "closed" });
    this.#outputs.push(...this.#roster.clear());
  }

  /** Tells our presence: to everybody, or to one who asked. */
  #announce(extra: JsonObject): void {
    if (this.#state.kind === "online") {
      const { id, user, name } = this.#state.peer;
      const data = mergeJson(this.#data, { id, user, name, online: true });
      this.#send({ type: "presence", id: this.#newId(), data, ...extra });
    }
  }

  #newId(): string {
    return randomId(this.#entropy, ID_LENGTH);
  }

  #send(frame: JsonObject): void {
    if (this.#state.kind === "online") {
      this.#text(frame);
    }
  }

  #text(frame: JsonObject): void {
    this.#outputs.push({ kind: "text", text: JSON.stringify(frame) });
  }

  #stopTimers(): void {
    this.#timeoutUs = undefined;
    this.#probeAtUs = undefined;
    this.#sweepAtUs = undefined;
  }

  #enter(state: SympleClientState): void {
    this.#state = state;
    this.#outputs.push({ kind: "state", state });
  }
}
