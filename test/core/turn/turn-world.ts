// A TURN server with sockets that a test can see: what it opens is open, what it sends is kept, time moves when the test says so.
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import {
  formatTransportAddress,
  isSameTransportAddress,
  parseIpAddress,
  type TransportAddress,
} from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, type StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import type { Micros } from "../../../src/core/time/units.js";
import { RelayBatch } from "../../../src/core/turn/relay-batch.js";
import { RelayWord } from "../../../src/core/turn/relay-record.js";
import { StaticCredentials } from "../../../src/core/turn/server/credentials.js";
import type { TurnServerOutput } from "../../../src/core/turn/server/server-io.js";
import { TurnServerMachine, type TurnServerMachineOptions } from "../../../src/core/turn/server/turn-server-machine.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

export type Method = (typeof StunMethod)[keyof typeof StunMethod];
export type Fill = (writer: StunWriter) => unknown;

export const REALM = "floe";
export const RELAY_4: TransportAddress = parseIpAddress("203.0.113.9");
export const RELAY_6: TransportAddress = parseIpAddress("2001:db8:9::9");
export const PEER: TransportAddress = parseIpAddress("198.51.100.77", 7000);
export const PEER_6: TransportAddress = parseIpAddress("2001:db8:77::1", 7000);
/** The listening datagram socket. */
export const LISTENER = 7;

/** A packet that the server sent to a peer. */
export type ToPeer = { readonly relay: number; readonly to: string; readonly bytes: Uint8Array };

type OfKind<K extends TurnServerOutput["kind"]> = Extract<TurnServerOutput, { kind: K }>;

export class TurnWorld {
  nowUs: Micros = 1_000_000;
  readonly server: TurnServerMachine;
  /** Everything that the server put out but what is sent to clients, in order. */
  readonly log: TurnServerOutput[] = [];
  readonly toPeers: ToPeer[] = [];
  /** Relay sockets that are open, with the ports that they were opened on. */
  readonly relays = new Map<number, OfKind<"open-relay">>();
  /** What opening a relay socket does; by default it succeeds at once. */
  onOpenRelay: (relay: OfKind<"open-relay">) => "opened" | "failed" | "silent" = () => "opened";
  readonly #toClients: {
    readonly socket: number;
    readonly to: TransportAddress | undefined;
    readonly bytes: Uint8Array;
  }[] = [];
  readonly #batch: RelayBatch;

  private constructor(server: (port: TurnServerMachineOptions["port"]) => TurnServerMachine, batch: RelayBatch) {
    this.#batch = batch;
    this.server = server({ send: (sent, direction) => this.#sent(sent, direction) });
  }

  static async create(
    options: Partial<TurnServerMachineOptions> = {},
    { forceTwins = false } = {},
  ): Promise<TurnWorld> {
    const arena = Arena.create({ sizeBytes: 512 * 1024 });
    const kernels = await loadKernels(arena, { forceTwins });
    const entropy = new SeededEntropy(77);
    const users = new Map([
      ["alice", new Secret("wonder")],
      ["bob", new Secret("builder")],
    ]);
    const credentials = new StaticCredentials(users, { realm: REALM, entropy });
    const batch = new RelayBatch({ kernels, arena, name: "test", entropy, capacity: 8 });
    return new TurnWorld(
      (port) =>
        new TurnServerMachine({
          kernels,
          arena,
          entropy,
          credentials,
          port,
          realm: REALM,
          relayAddresses: [RELAY_4, RELAY_6],
          ...options,
        }),
      batch,
    );
  }

  /** Moves time, with a tick at every deadline on the way. */
  advance(durationUs: Micros): void {
    const untilUs = this.nowUs + durationUs;
    for (let atUs = this.server.deadlineUs; atUs !== undefined && atUs <= untilUs; atUs = this.server.deadlineUs) {
      this.nowUs = Math.max(this.nowUs, atUs);
      this.server.tick(this.nowUs);
      this.drain();
    }
    this.nowUs = untilUs;
  }

  drain(): void {
    for (let output = this.server.poll(); output !== undefined; output = this.server.poll()) {
      this.#perform(output);
    }
  }

  handle(input: Parameters<TurnServerMachine["handle"]>[0]): void {
    this.server.handle(input, this.nowUs);
    this.drain();
  }

  /** Datagrams from one client. */
  datagrams(from: TransportAddress, ...packets: readonly Uint8Array[]): void {
    this.#fill(LISTENER, from, packets);
    this.handle({ kind: "from-clients", batch: this.#batch });
  }

  /** Datagrams from a peer to a relayed address. */
  fromPeer(relay: number, from: TransportAddress, ...packets: readonly Uint8Array[]): void {
    this.#fill(relay, from, packets);
    this.handle({ kind: "from-peers", batch: this.#batch });
  }

  /** What was sent to a client since it was last asked. A number is a stream. */
  received(client: TransportAddress | number): Uint8Array[] {
    const mine = this.#toClients.filter(({ socket, to }) =>
      typeof client === "number"
        ? to === undefined && socket === client
        : to !== undefined && socket === LISTENER && isSameTransportAddress(to, client),
    );
    for (const each of mine) {
      this.#toClients.splice(this.#toClients.indexOf(each), 1);
    }
    return mine.map(({ bytes }) => bytes);
  }

  /** Outputs of one kind so far. */
  outputs<K extends TurnServerOutput["kind"]>(kind: K): OfKind<K>[] {
    return this.log.filter((output): output is OfKind<K> => output.kind === kind);
  }

  #fill(socket: number, from: TransportAddress, packets: readonly Uint8Array[]): void {
    packets.forEach((bytes, i) => {
      this.#batch.memory.bytes.set(bytes, this.#batch.slotAddress(i));
      this.#batch.setReceived(i, bytes.length, socket, from.family, from.port, from.ip0, from.ip1, from.ip2, from.ip3);
    });
    this.#batch.count = packets.length;
  }

  #sent(batch: RelayBatch, direction: "to-peers" | "to-clients"): void {
    for (let i = 0; i < batch.count; i++) {
      if (!batch.isReady(i)) {
        continue;
      }
      const socket = batch.word(i, RelayWord.socket);
      const bytes = batch.packet(i).slice();
      if (direction === "to-peers") {
        this.toPeers.push({ relay: socket, to: formatTransportAddress(batch.remote(i)), bytes });
      } else {
        const to = batch.word(i, RelayWord.family) === 0 ? undefined : batch.remote(i);
        this.#toClients.push({ socket, to, bytes });
      }
    }
  }

  #perform(output: TurnServerOutput): void {
    if (output.kind === "send") {
      this.#toClients.push({ socket: output.socket, to: output.to, bytes: output.bytes });
      return;
    }
    this.log.push(output);
    if (output.kind === "close-relay") {
      this.relays.delete(output.relay);
    } else if (output.kind === "open-relay") {
      const result = this.onOpenRelay(output);
      if (result === "opened") {
        this.relays.set(output.relay, output);
        this.server.handle({ kind: "relay-opened", relay: output.relay }, this.nowUs);
      } else if (result === "failed") {
        this.server.handle({ kind: "relay-failed", relay: output.relay }, this.nowUs);
      }
    }
  }
}

let transactions = 0;

/** A client that does what it is told and nothing by itself, so that it can break every rule. */
export class RawClient {
  readonly world: TurnWorld;
  readonly address: TransportAddress;
  /** A stream's number; undefined on datagrams. */
  readonly connection: number | undefined;
  username: string;
  realm: string = REALM;
  key: StunKey;
  nonce = "";
  integrity: "sha1" | "sha256" = "sha1";

  constructor(
    world: TurnWorld,
    address: string,
    port: number,
    { user = "alice", password = "wonder", connection }: { user?: string; password?: string; connection?: number } = {},
  ) {
    this.world = world;
    this.address = parseIpAddress(address, port);
    this.connection = connection;
    this.username = user;
    this.key = StunKey.longTerm(user, REALM, password);
    if (connection !== undefined) {
      world.handle({ kind: "opened", connection, remote: this.address });
    }
  }

  send(...packets: readonly Uint8Array[]): void {
    if (this.connection === undefined) {
      this.world.datagrams(this.address, ...packets);
    } else {
      for (const bytes of packets) {
        this.world.handle({ kind: "segment", connection: this.connection, bytes });
      }
    }
  }

  received(): Uint8Array[] {
    return this.world.received(this.connection ?? this.address);
  }

  write(method: Method, fill: Fill = () => {}, { sign = true, id = nextId() } = {}): Uint8Array {
    const writer = new StunWriter(new Uint8Array(1500)).start(StunClass.request, method, id);
    fill(writer);
    if (sign) {
      writer.text(StunAttribute.username, this.username).text(StunAttribute.realm, this.realm);
      writer.text(StunAttribute.nonce, this.nonce);
      if (this.integrity === "sha256") {
        writer.integritySha256(this.key);
      } else {
        writer.integrity(this.key);
      }
    }
    return writer.finishCopy();
  }

  /** Sends bytes and gives the one answer, or undefined. */
  exchange(bytes: Uint8Array): StunMessage | undefined {
    this.send(bytes);
    const [answer] = this.received();
    return answer === undefined ? undefined : StunMessage.parse(answer);
  }

  /** A signed request with its answer. Takes a nonce first where it has none. */
  request(method: Method, fill: Fill = () => {}, options: { id?: Uint8Array } = {}): StunMessage {
    if (this.nonce === "") {
      this.takeNonce();
    }
    const answer = this.exchange(this.write(method, fill, options));
    if (answer === undefined) {
      throw new Error("no answer");
    }
    return answer;
  }

  takeNonce(): StunMessage {
    const answer = this.exchange(
      this.write(0x003, (writer) => writer.octet(StunAttribute.requestedTransport, 17), { sign: false }),
    );
    this.nonce = answer?.text(StunAttribute.nonce) ?? "";
    if (answer === undefined || this.nonce === "") {
      throw new Error("no challenge");
    }
    return answer;
  }

  /** The code of a request's answer; 0 for a success. */
  codeOf(method: Method, fill: Fill = () => {}, options: { id?: Uint8Array } = {}): number {
    return codeOf(this.request(method, fill, options));
  }

  /** Allocates UDP, or fails the test. Gives the relay socket's number. */
  allocate(fill: Fill = () => {}): number {
    const answer = this.request(0x003, (writer) => {
      writer.octet(StunAttribute.requestedTransport, 17);
      fill(writer);
    });
    if (codeOf(answer) !== 0) {
      throw new Error(`refused with ${codeOf(answer)}`);
    }
    return [...this.world.relays.keys()].at(-1) as number;
  }
}

export function codeOf(message: StunMessage): number {
  return message.messageClass === StunClass.success ? 0 : (message.errorCode()?.code ?? -1);
}

export function nextId(): Uint8Array {
  const id = new Uint8Array(12);
  new DataView(id.buffer).setUint32(0, ++transactions);
  return id;
}

export const peer =
  (address: TransportAddress): Fill =>
  (writer) =>
    writer.xorAddress(StunAttribute.xorPeerAddress, address);

export const bind =
  (channel: number, address: TransportAddress): Fill =>
  (writer) =>
    writer.channelNumber(channel).xorAddress(StunAttribute.xorPeerAddress, address);

export function channelData(channel: number, payload: Uint8Array, { padded = false } = {}): Uint8Array {
  const bytes = new Uint8Array(4 + (padded ? (payload.length + 3) & ~3 : payload.length));
  bytes.set([channel >> 8, channel, payload.length >> 8, payload.length]);
  bytes.set(payload, 4);
  return bytes;
}

export function sendIndication(to: TransportAddress, data: Uint8Array, fill: Fill = () => {}): Uint8Array {
  const writer = new StunWriter(new Uint8Array(2000)).start(StunClass.indication, 0x006, nextId());
  writer.xorAddress(StunAttribute.xorPeerAddress, to).attribute(StunAttribute.data, data);
  fill(writer);
  return writer.finishCopy();
}
