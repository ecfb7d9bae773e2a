// A TURN client as a machine (RFC 8656, dual allocation included; RFC 6062): allocates, lets peers in, binds channels, reaches peers
// by TCP, refreshes all of it in time, and believes only answers that are signed. Over a datagram socket or a stream to one server.
import { WireError } from "../../error/floe-error.js";
import type { Machine } from "../../net/machine.js";
import type { TransportAddress } from "../../net/transport-address.js";
import { StreamAssembler } from "../../stun/stream-assembler.js";
import { readAddressError } from "../../stun/stun-attributes.js";
import { CHANNEL_HEADER_BYTES, MIN_CHANNEL, StunAttribute, StunClass } from "../../stun/stun-constants.js";
import { hasValidFingerprint } from "../../stun/stun-integrity.js";
import { StunMessage } from "../../stun/stun-message.js";
import { StunWriter } from "../../stun/stun-writer.js";
import { earliest } from "../../time/deadline-timer.js";
import { type Micros, seconds } from "../../time/units.js";
import { ClientAuth } from "./client-auth.js";
import { channelData, readChannelData, readIndication, sendIndication } from "./client-data.js";
import { ClientExchange } from "./client-exchange.js";
import type { TurnClientInput, TurnClientOutput, TurnFailure } from "./client-io.js";
import type { TurnClientOptions } from "./client-options.js";
import { type ClientPeer, ClientPeers } from "./client-peers.js";
import { type Asked, UNDERSTOOD, writeRequest } from "./client-request.js";
import { KeepAlive, keepAliveIndication } from "./keep-alive.js";
import { TurnDataMachine } from "./turn-data-machine.js";

type State = "idle" | "allocating" | "allocated" | "stopping" | "ended";

const MAX_FRAME_BYTES = 65_540;
/** The longest datagram of UDP is 65 507 bytes, less what it is wrapped in. */
const MAX_PAYLOAD_BYTES = 65_000;
const MAX_CONNECTS = 64;
/** Refresh so long before the end, or at half time where that is sooner. */
const REFRESH_BEFORE_US = seconds(60);

/** One allocation on one server, from `start` to `failed` or `released`. */
export class TurnClientMachine implements Machine<TurnClientInput, TurnClientOutput> {
  readonly #options: TurnClientOptions;
  readonly #auth: ClientAuth;
  readonly #peers: ClientPeers;
  readonly #exchange: ClientExchange<Asked>;
  readonly #assembler: StreamAssembler | undefined;
  readonly #keepAlive = new KeepAlive();
  readonly #writer = new StunWriter(new Uint8Array(66_000));
  readonly #outputs: TurnClientOutput[] = [];
  #state: State = "idle";
  #refreshAtUs: Micros | undefined;
  /** Stopped while a signed request to allocate was open: what comes of it is given back. */
  #isUnwanted = false;
  #openConnects = 0;
  #ignored = 0;
  #unsent = 0;

  constructor(options: TurnClientOptions) {
    const { entropy, credentials, transport = "datagram", family = 4, relay = "udp", lifetimeSeconds } = options;
    const isReliable = transport === "stream";
    this.#options = options;
    this.#auth = new ClientAuth(credentials);
    this.#peers = new ClientPeers(options.maxPeers ?? 1024);
    const wanted = { family, relay, lifetimeSeconds };
    this.#exchange = new ClientExchange({
      entropy,
      auth: this.#auth,
      isReliable,
      rtoUs: options.rtoUs,
      writer: this.#writer,
      write: (asked, transactionId) => writeRequest(this.#writer, asked, transactionId, wanted),
      send: (bytes) => this.#outputs.push({ kind: "send", bytes }),
    });
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
    const ofRefreshes = earliest(this.#refreshAtUs, this.#peers.deadlineUs);
    return earliest(earliest(this.#exchange.deadlineUs, this.#keepAlive.deadlineUs), ofRefreshes);
  }

  /** Whether a peer's host is let in now. */
  isPermitted(peer: TransportAddress): boolean {
    return this.#peers.isHostPermitted(peer);
  }

  /** The channel that is bound to a peer now; undefined while there is none. */
  channelOf(peer: TransportAddress): number | undefined {
    const known = this.#peers.get(peer);
    return known?.isBound === true ? known.channel : undefined;
  }

  /** What binds a data connection to the number of a `peer-connected` or `peer-attempted`. Give it a stream of its own. */
  dataConnection(connectionId: number): TurnDataMachine {
    return new TurnDataMachine({ entropy: this.#options.entropy, auth: this.#auth, connectionId });
  }

  poll(): TurnClientOutput | undefined {
    return this.#outputs.shift();
  }

  handle(input: TurnClientInput, nowUs: Micros): void {
    switch (input.kind) {
      case "start":
        if (this.#state === "idle") {
          this.#state = "allocating";
          this.#exchange.ask({ kind: "allocate" }, nowUs);
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
        this.#send(input.peer, input.bytes, nowUs);
        break;
      case "connect":
        this.#connect(input.peer, nowUs);
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
    this.#exchange.tick(nowUs, (asked) => this.#timedOut(asked));
    if (this.#refreshAtUs !== undefined && this.#refreshAtUs <= nowUs) {
      this.#refreshAtUs = undefined;
      this.#exchange.ask({ kind: "refresh", lifetimeSeconds: this.#options.lifetimeSeconds ?? 600 }, nowUs);
    }
    for (let peer = this.#peers.takeDue(nowUs); peer !== undefined; peer = this.#peers.takeDue(nowUs)) {
      this.#askPeer(peer, nowUs);
    }
    if (this.#keepAlive.takeDue(nowUs)) {
      this.#outputs.push({ kind: "send", bytes: keepAliveIndication(this.#writer, this.#options.entropy) });
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
      this.#outputs.push({ kind: "peer-refused", peer: peer.address, code: 508 });
    }
    peer.isAsking = true;
    this.#exchange.ask({ kind: "peer", peer }, nowUs);
  }

  #connect(peer: TransportAddress, nowUs: Micros): void {
    const code = this.#state === "allocated" ? 508 : 437;
    if (code === 437 || this.#openConnects >= MAX_CONNECTS) {
      const reason = { kind: "refused", code, reason: "", alternateServer: undefined } as const;
      this.#outputs.push({ kind: "connect-refused", peer, reason });
    } else {
      this.#openConnects++;
      this.#exchange.ask({ kind: "connect", peer }, nowUs);
    }
  }

  #send(address: TransportAddress, payload: Uint8Array, nowUs: Micros): void {
    const peer = this.#peers.get(address);
    const isFit = payload.length <= MAX_PAYLOAD_BYTES;
    if (this.#state !== "allocated" || !isFit || !this.#peers.isHostPermitted(address)) {
      this.#unsent++;
      return;
    }
    const bytes =
      peer?.isBound === true
        ? channelData(peer.channel, payload, { isPadded: this.#assembler !== undefined })
        : sendIndication(this.#writer, this.#options.entropy, address, payload);
    this.#keepAlive.sent(nowUs);
    this.#outputs.push({ kind: "send", bytes });
  }

  #stop(nowUs: Micros): void {
    if (this.#state === "allocated") {
      this.#state = "stopping";
      this.#forget();
      this.#exchange.ask({ kind: "refresh", lifetimeSeconds: 0 }, nowUs);
    } else if (this.#state === "allocating" && this.#auth.isChallenged) {
      this.#isUnwanted = true;
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
      const frame = this.#assembler.frame();
      // What came in pieces lies where the next such frame will.
      this.#read(this.#assembler.bytes === bytes ? frame : frame.slice(), nowUs);
    }
    if (this.#assembler.isBroken) {
      this.#end({ kind: "failed", reason: { kind: "malformed" } });
    }
  }

  #read(bytes: Uint8Array, nowUs: Micros): void {
    try {
      if (bytes.length >= CHANNEL_HEADER_BYTES && bytes[0] >= MIN_CHANNEL >> 8) {
        this.#tell(readChannelData(bytes, this.#peers));
        return;
      }
      const message = StunMessage.parse(bytes);
      if (message.fingerprintAt > 0 && !hasValidFingerprint(message)) {
        this.#ignored++;
      } else if (message.messageClass === StunClass.indication) {
        this.#tell(readIndication(message, this.#peers));
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

  #tell(output: TurnClientOutput | undefined): void {
    if (output === undefined) {
      this.#ignored++;
    } else {
      this.#outputs.push(output);
    }
  }

  #readAnswer(message: StunMessage, nowUs: Micros): void {
    const answer = this.#exchange.answer(message, nowUs);
    switch (answer.kind) {
      case "ignored":
        this.#ignored++;
        break;
      case "asked-again":
        break;
      case "succeeded":
        this.#succeeded(answer.asked, message, nowUs);
        break;
      case "refused":
        this.#refused(answer.asked, answer.reason);
        break;
      default:
        answer satisfies never;
    }
  }

  #succeeded(asked: Asked, message: StunMessage, nowUs: Micros): void {
    // Everything is read before anything changes: a broken answer leaves the request open for the true one.
    const lifetime = message.u32(StunAttribute.lifetime);
    const relayedAddresses = message.xorAddresses(StunAttribute.xorRelayedAddress);
    const mappedAddress = message.xorAddress(StunAttribute.xorMappedAddress);
    const missing = message.value(StunAttribute.addressErrorCode);
    const addressError = missing === undefined ? undefined : readAddressError(missing);
    const connectionId = message.u32(StunAttribute.connectionId);
    const isUnderstood = message.unknownRequired(UNDERSTOOD).length === 0;
    this.#exchange.finish(message, nowUs);
    switch (asked.kind) {
      case "allocate":
        if (!isUnderstood || lifetime === undefined || mappedAddress === undefined || relayedAddresses.length === 0) {
          this.#end({ kind: "failed", reason: { kind: "malformed" } });
          return;
        }
        this.#state = "allocated";
        if (this.#isUnwanted) {
          this.#stop(nowUs);
          return;
        }
        this.#setRefresh(lifetime, nowUs);
        if (this.#assembler === undefined) {
          this.#keepAlive.begin(nowUs);
        }
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
      case "connect":
        this.#openConnects--;
        this.#outputs.push(
          connectionId === undefined
            ? { kind: "connect-refused", peer: asked.peer, reason: { kind: "malformed" } }
            : { kind: "peer-connected", peer: asked.peer, connectionId },
        );
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
    } else if (asked.kind === "connect") {
      this.#openConnects--;
      this.#outputs.push({ kind: "connect-refused", peer: asked.peer, reason });
    } else if (this.#isUnwanted || (asked.kind === "refresh" && asked.lifetimeSeconds === 0)) {
      // Gone is gone: 437 says that it was before.
      this.#end({ kind: "released" });
    } else {
      this.#end({ kind: "failed", reason });
    }
  }

  #timedOut(asked: Asked): void {
    this.#refused(asked, { kind: "timeout", unsignedCode: this.#exchange.unsignedCode });
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
    this.#forget();
    this.#outputs.push(output);
  }

  #forget(): void {
    this.#exchange.clear();
    this.#peers.clear();
    this.#keepAlive.end();
    this.#refreshAtUs = undefined;
  }
}
