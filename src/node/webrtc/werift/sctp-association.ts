// Data channels over a DTLS session: werift's SCTP (RFC 9260, RFC 8831), and the opening of channels (RFC 8832) by ourselves, because
// a message that is out of turn would be an unhandled rejection there, and end the process.
import { Signal } from "../../../core/signal/signal.js";
import type { DataChannelTransport } from "../../../core/webrtc/peer-transport.js";
import type { Werift } from "./load-werift.js";
import { WeriftDataChannel } from "./werift-data-channel.js";

type SctpTransport = InstanceType<Werift["RTCSctpTransport"]>;
type Sctp = SctpTransport["sctp"];
/** What the library's types hide. */
type Inside = {
  handleData(bytes: Buffer): Promise<void>;
  readonly advertisedRwnd: number;
  readonly sackMisOrdered: ReadonlySet<number>;
};

/** Channels that a peer may open. */
export const MAX_DATA_CHANNELS = 16;
/** Chunks that may have come ahead of a lost one; with the receive window of 1 MiB the bound on what is kept for it. */
const MAX_MISORDERED = 4096;
/** Chunks of 1200 bytes that may wait to leave. */
const MAX_OUTBOUND_CHUNKS = 1024;
const MAX_LABEL_BYTES = 1024;
/** Channels too many that are being closed. */
const MAX_REFUSALS = 64;
const OPEN_HEADER_BYTES = 12;

const Ppid = { control: 50, text: 51, binary: 53, emptyText: 56, emptyBinary: 57 } as const;
const Control = { ack: 2, open: 3 } as const;
const ACK = Buffer.from([Control.ack]);
/** Bit of a channel's type. */
const UNORDERED = 0x80;

/** One association; the peer opens channels, we answer. Beside the bounds above the protocol's own hold: 65 535 streams. */
export class SctpAssociation {
  readonly channelOpened: Signal<DataChannelTransport> = new Signal();
  /** Messages that were none. */
  malformed = 0;
  readonly #sctp: Sctp;
  readonly #channels = new Map<number, WeriftDataChannel>();
  readonly #maxMessageBytes: number;
  #isClosed = false;

  /** `remote`: what the peer's description says; 0 bytes is no limit. `send` takes what goes over DTLS. */
  constructor(
    werift: Werift,
    remote: { readonly port: number; readonly maxMessageBytes: number },
    send: (bytes: Buffer) => void,
  ) {
    this.#maxMessageBytes = remote.maxMessageBytes === 0 ? Number.POSITIVE_INFINITY : remote.maxMessageBytes;
    const transport = new werift.RTCSctpTransport();
    const path = {
      id: "path",
      onStateChange: new werift.Event(),
      sendData: (bytes: Buffer) => {
        send(bytes);
        return Promise.resolve();
      },
    };
    transport.setDtlsTransport(path as unknown as Parameters<SctpTransport["setDtlsTransport"]>[0]);
    this.#sctp = transport.sctp;
    this.#sctp.onReceive.allUnsubscribe();
    this.#sctp.onReconfigStreams.allUnsubscribe();
    this.#sctp.onReceive.subscribe((stream, ppid, bytes) => this.#received(stream, ppid, bytes));
    this.#sctp.onReconfigStreams.subscribe((streams) => {
      for (const stream of streams) {
        this.#channels.get(stream)?.end();
        this.#channels.delete(stream);
      }
    });
    // The other side begins: it is the one that wants channels.
    this.#sctp.isServer = true;
    void this.#sctp.start(remote.port);
  }

  /** What came over DTLS. */
  receive(bytes: Buffer): void {
    const inside = this.#sctp as unknown as Inside;
    inside.handleData(bytes).then(
      () => {
        if (inside.advertisedRwnd < 0 || inside.sackMisOrdered.size > MAX_MISORDERED) {
          this.close(); // It sends more than it was allowed to.
        }
      },
      () => {
        this.malformed++;
      },
    );
  }

  /** Aborts the association. Twice is quiet. */
  close(): void {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    for (const channel of this.#channels.values()) {
      channel.end();
    }
    this.#channels.clear();
    this.#sctp.stop().catch(() => {});
  }

  #received(stream: number, ppid: number, bytes: Buffer): void {
    if (ppid === Ppid.control) {
      this.#control(stream, bytes);
      return;
    }
    const channel = this.#channels.get(stream);
    const isText = ppid === Ppid.text || ppid === Ppid.emptyText;
    if (channel === undefined || !(isText || ppid === Ppid.binary || ppid === Ppid.emptyBinary)) {
      this.malformed++;
      return;
    }
    const content = ppid === Ppid.emptyText || ppid === Ppid.emptyBinary ? bytes.subarray(0, 0) : bytes;
    channel.messageReceived.emit(isText ? content.toString("utf8") : new Uint8Array(content));
  }

  /** | 3 | channel type | priority (16) | reliability (32) | label length (16) | protocol length (16) | label | protocol | */
  #control(stream: number, bytes: Buffer): void {
    if (bytes[0] !== Control.open) {
      return; // An acknowledgement: we open none.
    }
    const labelBytes = bytes.length < OPEN_HEADER_BYTES ? MAX_LABEL_BYTES : bytes.readUInt16BE(8);
    const labelEnd = OPEN_HEADER_BYTES + labelBytes;
    if (labelEnd > bytes.length || labelBytes >= MAX_LABEL_BYTES) {
      this.malformed++;
    } else if (this.#channels.has(stream)) {
      this.#send(stream, Ppid.control, ACK, { ordered: true });
    } else if (this.#channels.size >= MAX_DATA_CHANNELS) {
      this.#refuse(stream);
    } else {
      this.#send(stream, Ppid.control, ACK, { ordered: true });
      const ordered = (bytes[1] & UNORDERED) === 0;
      const channel = new WeriftDataChannel(bytes.toString("utf8", OPEN_HEADER_BYTES, labelEnd), (message) =>
        this.#sendMessage(stream, message, { ordered }),
      );
      this.#channels.set(stream, channel);
      this.channelOpened.emit(channel);
    }
  }

  #refuse(stream: number): void {
    const { reconfigQueue } = this.#sctp;
    if (reconfigQueue.length < MAX_REFUSALS) {
      reconfigQueue.push(stream);
      this.#sctp.transmitReconfigRequest().catch(() => {});
    }
  }

  #sendMessage(stream: number, message: string | Uint8Array, order: { readonly ordered: boolean }): boolean {
    const isText = typeof message === "string";
    const bytes = Buffer.from(message as string);
    if (bytes.length === 0) {
      return this.#send(stream, isText ? Ppid.emptyText : Ppid.emptyBinary, Buffer.alloc(1), order);
    }
    return bytes.length <= this.#maxMessageBytes && this.#send(stream, isText ? Ppid.text : Ppid.binary, bytes, order);
  }

  #send(stream: number, ppid: number, bytes: Buffer, order: { readonly ordered: boolean }): boolean {
    if (this.#isClosed || this.#sctp.outboundQueue.length > MAX_OUTBOUND_CHUNKS) {
      return false;
    }
    this.#sctp.send(stream, ppid, bytes, order).catch(() => {});
    return true;
  }
}
