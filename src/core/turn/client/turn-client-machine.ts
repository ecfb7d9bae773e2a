// A TURN client as a machine (RFC 8656, dual allocation included): allocates, lets peers in, binds channels, refreshes all of it in
// time, and believes only answers that are signed. Over a datagram socket or a stream to one server.
import type { Entropy } from "../../crypto/entropy.js";
import { WireError } from "../../error/floe-error.js";
import type { Machine } from "../../net/machine.js";
import type { IpFamily, TransportAddress } from "../../net/transport-address.js";
import { StreamAssembler } from "../../stun/stream-assembler.js";
import { readAddressError } from "../../stun/stun-attributes.js";
import {
  CHANNEL_HEADER_BYTES,
  MIN_CHANNEL,
  StunAttribute,
  StunClass,
  StunMethod,
  TRANSACTION_ID_BYTES,
} from "../../stun/stun-constants.js";
import { hasValidFingerprint } from "../../stun/stun-integrity.js";
import { StunMessage } from "../../stun/stun-message.js";
import { StunTransactions } from "../../stun/stun-transactions.js";
import { StunWriter } from "../../stun/stun-writer.js";
import { earliest } from "../../time/deadline-timer.js";
import { type Micros, seconds } from "../../time/units.js";
import { ClientAuth, type ClientCredentials } from "./client-auth.js";
import { channelData, sendIndication } from "./client-data.js";
import type { TurnClientInput, TurnClientOutput, TurnFailure } from "./client-io.js";
import { type ClientPeer, ClientPeers } from "./client-peers.js";
import { type Asked, UNDERSTOOD, writeRequest } from "./client-request.js";

/** How a client asks. */
export type TurnClientOptions = {
  readonly entropy: Entropy;
  readonly credentials: ClientCredentials;
  readonly transport?: "datagram" | "stream";
  /** The relayed address's family, or IPv4 with IPv6 beside it. */
  readonly family?: IpFamily | "both";
  /** Asked for; the server decides. Seconds. */
  readonly lifetimeSeconds?: number;
  /** First wait for an answer to a datagram; doubles, 7 requests in all. */
  readonly rtoUs?: Micros;
  /** Peers at once; more are refused with code 508. */
  readonly maxPeers?: number;
};

/** A request with how often its nonce was stale. */
type Context = { readonly asked: Asked; readonly retries: number; readonly wasSigned: boolean };

type State = "idle" | "allocating" | "allocated" | "stopping" | "ended";

const MAX_NONCE_RETRIES = 3;
const MAX_FRAME_BYTES = 65_540;
/** Refresh so long before the end, or at half time where that is sooner. */
const REFRESH_BEFORE_US = seconds(60);

/** One allocation on one server, from `start` to `failed` or `released`. */
export class TurnClientMachine implements Machine<TurnClientInput, TurnClientOutput> {
  readonly #options: TurnClientOptions;
  readonly #auth: ClientAuth;
  readonly #peers: ClientPeers;
  readonly #transactions: StunTransactions<Context>;
  readonly #assembler: StreamAssembler | undefined;
  readonly #writer = new StunWriter(new Uint8Array(66_000));
  readonly #outputs: TurnClientOutput[] = [];
  #state: State = "idle";
  #refreshAtUs: Micros | undefined;
  #unsignedCode = 0;
  #ignored = 0;
  #unsent = 0;

  constructor(options: TurnClientOptions) {
    const { credentials, transport = "datagram", rtoUs, maxPeers = 1024 } = options;
    const isReliable = transport === "stream";
    this.#options = options;
    this.#auth = new ClientAuth(credentials);
    this.#peers = new ClientPeers(maxPeers);
    this.#transactions = new StunTransactions({ isReliable, ...(rtoUs === undefined ? {} : { rtoUs }) });
    this.#assembler = isReliable ? new StreamAssembler(MAX_FRAME_BYTES) : undefined;
  }

  get state(): State {
    return this.#state;
  }

  /** Messages that were no answer to us: foreign, forged or broken. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Data that was dropped because its peer was not let in yet. */
  get unsent(): number {
    return this.#unsent;
  }

  get deadlineUs(): Micros | undefined {
    return earliest(earliest(this.#transactions.deadlineUs, this.#refreshAtUs), this.#peers.deadlineUs);
  }

  poll(): TurnClientOutput | undefined {
    return this.#outputs.shift();
  }

  handle(input: TurnClientInput, nowUs: Micros): void {
    switch (input.kind) {
      case "start":
        if (this.#state === "idle") {
          this.#state = "allocating";
          this.#ask({ kind: "allocate" }, 0, nowUs);
        }
        break;
      case "received":
        this.#receive(input.bytes, nowUs);
        break;
      case "permit":
      case "bind":
        this.#want(input.peer, { channel: input.kind === "bind" }, nowUs);
        break;
      case "send":
        this.#send(input.peer, input.bytes);
        break;
      case "stop":
        this.#stop(nowUs);
        break;
      case "closed":
        this.#end({ kind: "failed", reason: { kind: "closed" } });
        break;
      default:
        input satisfies never;
    }
  }

  tick(nowUs: Micros): void {
    this.#transactions.tick(
      nowUs,
      (bytes) => this.#outputs.push({ kind: "send", bytes }),
      ({ asked }) => this.#timedOut(asked),
    );
    if (this.#refreshAtUs !== undefined && this.#refreshAtUs <= nowUs) {
      this.#refreshAtUs = undefined;
      this.#ask({ kind: "refresh", lifetimeSeconds: this.#options.lifetimeSeconds ?? 600 }, 0, nowUs);
    }
    for (let peer = this.#peers.takeDue(nowUs); peer !== undefined; peer = this.#peers.takeDue(nowUs)) {
      this.#askPeer(peer, nowUs);
    }
  }

  #want(address: TransportAddress, { channel }: { readonly channel: boolean }, nowUs: Micros): void {
    if (this.#state === "stopping" || this.#state === "ended") {
      return;
    }
    const peer = this.#peers.add(address);
    if (peer === undefined) {
      this.#outputs.push({ kind: "peer-refused", peer: address, code: 508 });
      return;
    }
    const isNews = !peer.isPermitted || (channel && !peer.isBound);
    peer.wantsChannel ||= channel;
    if (isNews && !peer.isAsking && this.#state === "allocated") {
      this.#askPeer(peer, nowUs);
    }
  }

  #askPeer(peer: ClientPeer, nowUs: Micros): void {
    if (peer.wantsChannel && !this.#peers.number(peer)) {
      peer.wantsChannel = false;
    }
    peer.isAsking = true;
    this.#ask({ kind: "peer", peer }, 0, nowUs);
  }

  #ask(asked: Asked, retries: number, nowUs: Micros): void {
    const transactionId = new Uint8Array(TRANSACTION_ID_BYTES);
    this.#options.entropy.fill(transactionId);
    const { family = 4, lifetimeSeconds } = this.#options;
    writeRequest(this.#writer, asked, transactionId, { family, lifetimeSeconds });
    this.#auth.sign(this.#writer);
    const bytes = this.#writer.finishCopy();
    this.#transactions.start(transactionId, bytes, { asked, retries, wasSigned: this.#auth.isChallenged }, nowUs);
    this.#outputs.push({ kind: "send", bytes });
  }

  #send(address: TransportAddress, payload: Uint8Array): void {
    const peer = this.#peers.get(address);
    if (this.#state !== "allocated" || !this.#peers.isHostPermitted(address)) {
      this.#unsent++;
      return;
    }
    const bytes =
      peer?.isBound === true
        ? channelData(peer.channel, payload, { isPadded: this.#assembler !== undefined })
        : sendIndication(this.#writer, this.#options.entropy, address, payload);
    this.#outputs.push({ kind: "send", bytes });
  }

  #stop(nowUs: Micros): void {
    if (this.#state === "allocated") {
      this.#state = "stopping";
      this.#transactions.clear();
      this.#peers.clear();
      this.#refreshAtUs = undefined;
      this.#ask({ kind: "refresh", lifetimeSeconds: 0 }, 0, nowUs);
    } else if (this.#state === "idle" || this.#state === "allocating") {
      this.#end({ kind: "released" });
    }
  }

  #receive(bytes: Uint8Array, nowUs: Micros): void {
    if (this.#assembler === undefined) {
      this.#read(bytes, nowUs);
      return;
    }
    this.#assembler.feed(bytes);
    while (this.#assembler.next()) {
      this.#read(this.#assembler.frame(), nowUs);
    }
    if (this.#assembler.isBroken) {
      this.#end({ kind: "failed", reason: { kind: "malformed" } });
    }
  }

  #read(bytes: Uint8Array, nowUs: Micros): void {
    try {
      if (bytes.length >= CHANNEL_HEADER_BYTES && bytes[0] >= MIN_CHANNEL >> 8) {
        this.#readChannelData(bytes);
        return;
      }
      const message = StunMessage.parse(bytes);
      if (message.fingerprintAt > 0 && !hasValidFingerprint(message)) {
        this.#ignored++;
      } else if (message.messageClass === StunClass.indication) {
        this.#readData(message);
      } else {
        this.#readAnswer(message, nowUs);
      }
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.#ignored++;
    }
  }

  #readChannelData(bytes: Uint8Array): void {
    const peer = this.#peers.ofChannel((bytes[0] << 8) | bytes[1]);
    const end = CHANNEL_HEADER_BYTES + ((bytes[2] << 8) | bytes[3]);
    if (peer === undefined || end > bytes.length) {
      this.#ignored++;
      return;
    }
    this.#outputs.push({ kind: "data", peer: peer.address, bytes: bytes.slice(CHANNEL_HEADER_BYTES, end) });
  }

  #readData(message: StunMessage): void {
    const peer = message.xorAddress(StunAttribute.xorPeerAddress);
    const data = message.value(StunAttribute.data);
    const isData = message.method === StunMethod.data && message.unknownRequired(UNDERSTOOD).length === 0;
    if (!isData || peer === undefined || data === undefined || !this.#peers.isHostPermitted(peer)) {
      this.#ignored++;
      return;
    }
    this.#outputs.push({ kind: "data", peer, bytes: data.slice() });
  }

  #readAnswer(message: StunMessage, nowUs: Micros): void {
    const context = this.#transactions.find(message);
    if (context === undefined || message.messageClass === StunClass.request) {
      this.#ignored++;
      return;
    }
    const error =
      message.messageClass === StunClass.error ? (message.errorCode() ?? { code: 0, reason: "" }) : undefined;
    const isChallenge = error?.code === 401 || error?.code === 438;
    // An unsigned success is never believed; of unsigned errors, challenges are, and anything while nothing was signed.
    const isUnsignedRefusal = error !== undefined && !context.wasSigned;
    if (!(isChallenge || isUnsignedRefusal || this.#auth.isGenuine(message))) {
      this.#unsignedCode = error?.code ?? 0;
      this.#ignored++;
      return;
    }
    if (error === undefined) {
      this.#succeeded(context.asked, message, nowUs);
    } else if (isChallenge) {
      this.#challenged(context, error.code, message, nowUs);
    } else {
      const alternateServer = message.address(StunAttribute.alternateServer);
      this.#transactions.finish(message, nowUs);
      this.#refused(context.asked, { kind: "refused", ...error, alternateServer });
    }
  }

  #challenged(context: Context, code: number, message: StunMessage, nowUs: Micros): void {
    const isTaken = this.#auth.take(message);
    this.#transactions.finish(message, nowUs);
    // A 401 to a signed request says that name or password is wrong; asking once more would not change that.
    const isAgain = code === 401 && context.wasSigned;
    if (!isTaken || isAgain || context.retries >= MAX_NONCE_RETRIES) {
      this.#refused(context.asked, { kind: "unauthorized" });
      return;
    }
    this.#ask(context.asked, context.retries + 1, nowUs);
  }

  #succeeded(asked: Asked, message: StunMessage, nowUs: Micros): void {
    // Everything is read before anything changes: a broken answer leaves the request open for the true one.
    const lifetime = message.u32(StunAttribute.lifetime);
    const relayedAddresses = message.xorAddresses(StunAttribute.xorRelayedAddress);
    const mappedAddress = message.xorAddress(StunAttribute.xorMappedAddress);
    const missing = message.value(StunAttribute.addressErrorCode);
    const addressError = missing === undefined ? undefined : readAddressError(missing);
    const isUnderstood = message.unknownRequired(UNDERSTOOD).length === 0;
    this.#transactions.finish(message, nowUs);
    switch (asked.kind) {
      case "allocate":
        if (!isUnderstood || lifetime === undefined || mappedAddress === undefined || relayedAddresses.length === 0) {
          this.#end({ kind: "failed", reason: { kind: "malformed" } });
          return;
        }
        this.#state = "allocated";
        this.#setRefresh(lifetime, nowUs);
        this.#outputs.push({
          kind: "allocated",
          relayedAddresses,
          mappedAddress,
          lifetimeSeconds: lifetime,
          addressError:
            addressError === undefined ? undefined : { family: addressError.family, code: addressError.code },
        });
        for (const peer of this.#peers.all()) {
          this.#askPeer(peer, nowUs);
        }
        break;
      case "refresh":
        if (asked.lifetimeSeconds === 0) {
          this.#end({ kind: "released" });
        } else {
          this.#setRefresh(lifetime ?? asked.lifetimeSeconds, nowUs);
        }
        break;
      case "peer":
        this.#peerAnswered(asked.peer, nowUs);
        break;
      default:
        asked satisfies never;
    }
  }

  #peerAnswered(peer: ClientPeer, nowUs: Micros): void {
    const { address, channel } = peer;
    peer.isAsking = false;
    if (this.#peers.confirmed(peer, nowUs)) {
      this.#outputs.push({ kind: "permitted", peer: address });
    }
    // A channel may have been wanted while the permission was asked for: it has no number then.
    if (peer.wantsChannel && channel === 0) {
      this.#askPeer(peer, nowUs);
    } else if (peer.wantsChannel && !peer.isBound) {
      peer.isBound = true;
      this.#outputs.push({ kind: "bound", peer: address, channel });
    }
  }

  #refused(asked: Asked, reason: TurnFailure): void {
    if (asked.kind === "peer") {
      const code = reason.kind === "refused" ? reason.code : reason.kind === "unauthorized" ? 401 : 0;
      this.#peers.remove(asked.peer);
      this.#outputs.push({ kind: "peer-refused", peer: asked.peer.address, code });
    } else if (asked.kind === "refresh" && asked.lifetimeSeconds === 0) {
      // Gone is gone: 437 says that it was before.
      this.#end({ kind: "released" });
    } else {
      this.#end({ kind: "failed", reason });
    }
  }

  #timedOut(asked: Asked): void {
    if (asked.kind === "peer") {
      this.#peers.remove(asked.peer);
      this.#outputs.push({ kind: "peer-refused", peer: asked.peer.address, code: 0 });
    } else if (this.#state === "stopping") {
      this.#end({ kind: "released" });
    } else {
      this.#end({ kind: "failed", reason: { kind: "timeout", unsignedCode: this.#unsignedCode } });
    }
  }

  #setRefresh(lifetimeSeconds: number, nowUs: Micros): void {
    const lifetimeUs = seconds(lifetimeSeconds);
    this.#refreshAtUs = nowUs + Math.max(lifetimeUs / 2, lifetimeUs - REFRESH_BEFORE_US);
  }

  #end(output: TurnClientOutput): void {
    if (this.#state === "ended") {
      return;
    }
    this.#state = "ended";
    this.#transactions.clear();
    this.#peers.clear();
    this.#refreshAtUs = undefined;
    this.#outputs.push(output);
  }
}
