// The outputs of a Symple server on their way out, with the frames it writes itself.
import { type JsonObject, mergeJson } from "./json.js";
import type { PeerMessage } from "./peer-message.js";
import type { SympleServerOutput } from "./server-io.js";
import type { ServerPeer } from "./server-peer.js";
import type { SympleServerCounters } from "./server-report.js";

/** How the status of an error maps to a WebSocket close code (RFC 6455 7.4.1 and the IANA registry). */
const CLOSE_CODES: { readonly [status: number]: number } = { 413: 1009, 503: 1013 };
const CLOSE_POLICY = 1008;
/** A close frame holds 123 bytes of reason (RFC 6455 5.5.1): so many characters always fit. */
const MAX_REASON_LENGTH = 40;

/** A first-in first-out queue of outputs. It is drained after every input, so it holds one input's worth at most. */
export class ServerOutbox {
  readonly #counters: SympleServerCounters;
  #queue: SympleServerOutput[] = [];
  #next = 0;

  constructor(counters: SympleServerCounters) {
    this.#counters = counters;
  }

  /** Adds any output. */
  push(output: SympleServerOutput): void {
    this.#queue.push(output);
  }

  /** Takes the oldest output. */
  poll(): SympleServerOutput | undefined {
    const output = this.#queue[this.#next];
    if (output === undefined) {
      this.#queue = [];
      this.#next = 0;
      return undefined;
    }
    this.#next++;
    return output;
  }

  /** Sends a frame to one connection. */
  frame(connection: number, frame: JsonObject): void {
    this.#text(connection, JSON.stringify(frame));
  }

  /** Sends an error frame; the connection stays. */
  error(connection: number, status: number, message: string): void {
    this.#counters.errors[status] = (this.#counters.errors[status] ?? 0) + 1;
    this.frame(connection, { type: "error", status, message });
  }

  /** Sends an error frame and closes. */
  refuse(connection: number, status: number, message: string): void {
    this.error(connection, status, message);
    const reason = message.slice(0, MAX_REASON_LENGTH);
    this.push({ kind: "close", connection, code: CLOSE_CODES[status] ?? CLOSE_POLICY, reason });
  }

  /** Sends one message to many; it is written as text once, however many sockets it goes to. */
  message(recipients: Iterable<ServerPeer>, frame: JsonObject): void {
    let text: string | undefined;
    for (const peer of recipients) {
      if (peer.connection === undefined) {
        this.#counters.framesDelivered++;
        this.push({ kind: "deliver", id: peer.id, message: peerMessage(frame) });
      } else {
        text ??= JSON.stringify(frame);
        this.#text(peer.connection, text);
      }
    }
  }

  /** Tells many that `subject` is there, has changed, or has gone. `extra` goes into the frame (`probe`, `to`, `id`). */
  presence(
    recipients: Iterable<ServerPeer>,
    subject: ServerPeer,
    { online, extra }: { readonly online: boolean; readonly extra?: JsonObject },
  ): void {
    let text: string | undefined;
    for (const peer of recipients) {
      if (peer.connection === undefined) {
        this.#counters.framesDelivered++;
        this.push({ kind: "presence", id: peer.id, peer: subject.profile(), online });
      } else {
        text ??= presenceText(subject, online, extra);
        this.#text(peer.connection, text);
      }
    }
  }

  #text(connection: number, text: string): void {
    this.#counters.framesSent++;
    this.push({ kind: "send", connection, text });
  }
}

function peerMessage(fields: JsonObject): PeerMessage {
  const { type, from, subtype, data } = fields;
  return {
    type: type === "command" || type === "event" ? type : "message",
    from: typeof from === "string" ? from : "",
    subtype: typeof subtype === "string" ? subtype : "",
    data,
    fields,
  };
}

function presenceText(subject: ServerPeer, online: boolean, extra: JsonObject | undefined): string {
  return online && extra === undefined
    ? subject.onlineText
    : JSON.stringify(mergeJson(extra ?? {}, subject.presence({ online })));
}
