// A TURN client on real sockets that does what it is told and nothing by itself: one request, one answer.
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  isSameTransportAddress,
  parseIpAddress,
  type TransportAddress,
} from "../../../src/core/net/transport-address.js";
import { StreamAssembler } from "../../../src/core/stun/stream-assembler.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { isStun, StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import type { Fill, Method } from "../../core/turn/turn-world.js";

export const REALM = "floe";

/** Bytes to a server and back, framed as TURN frames them. */
export type Wire = {
  readonly local: TransportAddress;
  send(bytes: Uint8Array): void;
  onFrame: (bytes: Uint8Array) => void;
  onClosed: () => void;
  /** A stream is no longer cut into frames, from the next frame on. */
  isPipe: boolean;
  /** Reads nothing, or reads again. Streams only. */
  setReading: (isReading: boolean) => void;
  close(): Promise<void>;
};

let transactions = 0;

export class LiveClient {
  readonly #wire: Wire;
  readonly #key: StunKey;
  readonly #user: string;
  readonly #frames: Uint8Array[] = [];
  readonly #waiting: ((bytes: Uint8Array) => void)[] = [];
  readonly #answers = new Map<string, (answer: StunMessage) => void>();
  /** Resolves when the other end closes. */
  readonly closed: Promise<void>;
  nonce = "";

  private constructor(wire: Wire, user: string, password: string) {
    this.#wire = wire;
    this.#user = user;
    this.#key = StunKey.longTerm(user, REALM, password);
    wire.onFrame = (bytes) => this.#received(bytes);
    this.closed = new Promise((resolve) => {
      wire.onClosed = resolve;
    });
  }

  static async open(
    via: "udp" | "tcp" | "tls",
    port: number,
    { host = "127.0.0.1", user = "alice", password = "wonder", local = "" } = {},
  ): Promise<LiveClient> {
    const wire = via === "udp" ? await udpWire(host, port, local) : await streamWire(via, host, port);
    return new LiveClient(wire, user, password);
  }

  /** The client's own address. */
  get local(): TransportAddress {
    return this.#wire.local;
  }

  send(bytes: Uint8Array): void {
    this.#wire.send(bytes);
  }

  /** The next frame that is no answer to a request of ours. */
  next(): Promise<Uint8Array> {
    const frame = this.#frames.shift();
    return frame === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(frame);
  }

  write(method: Method, fill: Fill = () => {}, { sign = true } = {}): Uint8Array {
    const id = new Uint8Array(12);
    new DataView(id.buffer).setUint32(4, ++transactions);
    const writer = new StunWriter(new Uint8Array(1500)).start(StunClass.request, method, id);
    fill(writer);
    if (sign) {
      writer.text(StunAttribute.username, this.#user).text(StunAttribute.realm, REALM);
      writer.text(StunAttribute.nonce, this.nonce).integrity(this.#key);
    }
    return writer.finishCopy();
  }

  /** Sends a request that is written already and waits for its answer. */
  async exchange(request: Uint8Array): Promise<StunMessage> {
    const answer = new Promise<StunMessage>((resolve) => this.#answers.set(idOf(request), resolve));
    this.send(request);
    return await answer;
  }

  /** A signed request with its answer; takes a nonce first where there is none. */
  async request(method: Method, fill: Fill = () => {}): Promise<StunMessage> {
    if (this.nonce === "") {
      const asking = this.write(StunMethod.allocate, (w) => w.octet(StunAttribute.requestedTransport, 17), {
        sign: false,
      });
      this.nonce = (await this.exchange(asking)).text(StunAttribute.nonce) ?? "";
    }
    return await this.exchange(this.write(method, fill));
  }

  /** Allocates and gives the relayed address, or throws the code. */
  async allocate(fill: Fill = () => {}, transport = 17): Promise<TransportAddress> {
    const answer = await this.request(StunMethod.allocate, (writer) => {
      writer.octet(StunAttribute.requestedTransport, transport);
      fill(writer);
    });
    const address =
      answer.messageClass === StunClass.success ? answer.xorAddress(StunAttribute.xorRelayedAddress) : undefined;
    if (address === undefined) {
      throw new Error(`refused with ${answer.errorCode()?.code}`);
    }
    return address;
  }

  /** Reads nothing of its stream, or reads again. */
  setReading(isReading: boolean): void {
    this.#wire.setReading(isReading);
  }

  /** ConnectionBind: when it is answered, bytes are the peer's. */
  async bindConnection(id: number, nonce: string): Promise<StunMessage> {
    this.nonce = nonce;
    this.#wire.isPipe = true;
    return await this.request(StunMethod.connectionBind, (w) => w.u32(StunAttribute.connectionId, id));
  }

  /** Waits until so many bytes of the peer are there. */
  async read(lengthBytes: number): Promise<Uint8Array> {
    let got: Uint8Array = new Uint8Array();
    while (got.length < lengthBytes) {
      got = Uint8Array.from([...got, ...(await this.next())]);
    }
    return got;
  }

  /** Everything until the other end closes. */
  async readAll(): Promise<Uint8Array> {
    await this.closed;
    return Buffer.concat(this.#frames.splice(0));
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  #received(bytes: Uint8Array): void {
    if (isStun(bytes)) {
      const answer = this.#answers.get(idOf(bytes));
      if (answer !== undefined) {
        this.#answers.delete(idOf(bytes));
        answer(StunMessage.parse(bytes));
        return;
      }
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#frames.push(bytes);
    } else {
      waiting(bytes);
    }
  }
}

function idOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(8, 20)).toString("hex");
}

async function udpWire(host: string, port: number, local: string): Promise<Wire> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.bind({ address: local === "" ? host : local });
  await once(socket, "listening");
  const server = parseIpAddress(host, port);
  const wire: Wire = {
    local: parseIpAddress(socket.address().address, socket.address().port),
    send: (bytes) => socket.send(bytes, port, host),
    onFrame: () => {},
    onClosed: () => {},
    isPipe: false,
    setReading: () => {},
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on("message", (bytes, from) => {
    // Only what came from the very address that was asked is an answer.
    if (isSameTransportAddress(parseIpAddress(from.address, from.port), server)) {
      wire.onFrame(Uint8Array.from(bytes));
    }
  });
  return wire;
}

async function streamWire(via: "tcp" | "tls", host: string, port: number): Promise<Wire> {
  const socket: Socket = via === "tcp" ? connect(port, host) : connectTls({ host, port, rejectUnauthorized: false });
  await once(socket, via === "tcp" ? "connect" : "secureConnect");
  const assembler = new StreamAssembler(65_540);
  const wire: Wire = {
    local: parseIpAddress(socket.localAddress ?? "", socket.localPort ?? 0),
    send: (bytes) => socket.write(Uint8Array.from(bytes)),
    onFrame: () => {},
    onClosed: () => {},
    isPipe: false,
    setReading: (isReading) => void (isReading ? socket.resume() : socket.pause()),
    close: async () => {
      socket.destroy();
      await Promise.resolve();
    },
  };
  socket.on("error", () => {});
  socket.on("close", () => wire.onClosed());
  let isCut = true;
  socket.on("data", (bytes: Uint8Array) => {
    if (!isCut) {
      wire.onFrame(Uint8Array.from(bytes));
      return;
    }
    assembler.feed(bytes);
    while (isCut && assembler.next()) {
      isCut = !wire.isPipe;
      wire.onFrame(Uint8Array.from(assembler.frame()));
    }
    const rest = assembler.rest();
    if (!isCut && rest.length > 0) {
      wire.onFrame(Uint8Array.from(rest));
    }
  });
  return wire;
}

/** A peer: a UDP socket that keeps what it gets. */
export class LivePeer {
  readonly #socket: UdpSocket;
  readonly address: TransportAddress;
  readonly #got: { readonly bytes: Uint8Array; readonly from: TransportAddress }[] = [];
  readonly #waiting: ((got: { readonly bytes: Uint8Array; readonly from: TransportAddress }) => void)[] = [];

  private constructor(socket: UdpSocket) {
    this.#socket = socket;
    this.address = parseIpAddress(socket.address().address, socket.address().port);
    socket.on("message", (bytes, from) => {
      const got = { bytes: Uint8Array.from(bytes), from: parseIpAddress(from.address, from.port) };
      const waiting = this.#waiting.shift();
      if (waiting === undefined) {
        this.#got.push(got);
      } else {
        waiting(got);
      }
    });
  }

  static async open(host = "127.0.0.1"): Promise<LivePeer> {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4").bind({ address: host });
    await once(socket, "listening");
    return new LivePeer(socket);
  }

  /** The next datagram. */
  next(): Promise<{ readonly bytes: Uint8Array; readonly from: TransportAddress }> {
    const got = this.#got.shift();
    return got === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(got);
  }

  send(to: TransportAddress, bytes: Uint8Array, host = "127.0.0.1"): void {
    this.#socket.send(bytes, to.port, host);
  }

  /** Sends back whatever comes. */
  echo(): void {
    this.#socket.on("message", (bytes, { port, address }) => this.#socket.send(bytes, port, address));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
