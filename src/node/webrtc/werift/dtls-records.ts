// What of a peer's DTLS datagrams (RFC 6347 4.1, 4.2.2) werift gets to see. It would take every handshake message as often as
// anybody sends it, the last one winning, give up on one that comes too early, and start anew on a ClientHello in the clear. Here
// the first one of its kind stands, whole and in its turn, and once there are keys nothing in the clear counts any more.
//
//   record:     | type | version (16) | epoch (16) | sequence number (48) | length (16) | …
//   handshake:  | type | length (24) | message number (16) | fragment offset (24) | fragment length (24) | …

const RECORD_HEADER_BYTES = 13;
const MESSAGE_HEADER_BYTES = 12;
const CLIENT_HELLO = 1;

/** A certificate is some hundred bytes here, and some thousand elsewhere. */
const MAX_MESSAGE_BYTES = 16_384;
/** Kinds of messages that one side of a handshake sends, and some. */
const MAX_MESSAGES = 16;

const RecordType = { alert: 21, handshake: 22 } as const;
const FATAL = 2;
/** DTLS 1.2. */
const VERSION = [0xfe, 0xfd];

type Message = { readonly number: number; readonly bytes: Buffer; readonly isThere: Uint8Array; missing: number };

/** The filter in front of one association. */
export class DtlsRecords {
  /** From now on only enciphered records pass. */
  hasKeys = false;
  /** Records that did not pass. */
  dropped = 0;
  readonly #messages = new Map<string, Message>();
  /** The message that the library waits for. */
  #next = 0;

  /** What of a datagram is fit for the library: whole records; "alert" when the peer gives up in the clear. */
  *accept(datagram: Buffer): Generator<Buffer | "alert"> {
    for (let at = 0; at + RECORD_HEADER_BYTES <= datagram.length; ) {
      const end = at + RECORD_HEADER_BYTES + datagram.readUInt16BE(at + 11);
      if (end > datagram.length) {
        this.dropped++;
        return;
      }
      const record = datagram.subarray(at, end);
      at = end;
      if (record.readUInt16BE(3) > 0) {
        yield record;
      } else if (this.hasKeys) {
        this.dropped++;
      } else if (record[0] === RecordType.handshake) {
        yield* this.#handshake(record);
      } else if (record[0] === RecordType.alert && record[RECORD_HEADER_BYTES] === FATAL) {
        yield "alert";
      }
    }
  }

  *#handshake(record: Buffer): Generator<Buffer> {
    for (let at = RECORD_HEADER_BYTES; at + MESSAGE_HEADER_BYTES <= record.length; ) {
      const end = at + MESSAGE_HEADER_BYTES + record.readUIntBE(at + 9, 3);
      const message = end <= record.length ? this.#assemble(record.subarray(at, end)) : undefined;
      at = end;
      if (message === undefined) {
        this.dropped++;
      } else if (message.missing === 0) {
        yield* this.#inTurn(message);
      }
    }
  }

  /**
   * A message that is whole, and those that waited for it. One that comes again says nothing new: flights are sent again by their
   * own timers. Only a hello is answered again while nothing has followed it, because the first answer to it has no timer.
   */
  *#inTurn(message: Message): Generator<Buffer> {
    if (message.number === this.#next - 1 && message.bytes[0] === CLIENT_HELLO) {
      yield recordOf(message.bytes);
    }
    for (let due: Message | undefined = message; due?.number === this.#next && due.missing === 0; ) {
      this.#next++;
      yield recordOf(due.bytes);
      due = [...this.#messages.values()].find(({ number }) => number === this.#next);
    }
  }

  /** The message that a fragment belongs to; undefined when the fragment is another than what came before. */
  #assemble(fragment: Buffer): Message | undefined {
    const length = fragment.readUIntBE(1, 3);
    const from = fragment.readUIntBE(6, 3);
    const body = fragment.subarray(MESSAGE_HEADER_BYTES);
    const message = this.#message(fragment, length);
    if (message === undefined || from + body.length > length) {
      return undefined;
    }
    for (const [at, byte] of body.entries()) {
      const place = MESSAGE_HEADER_BYTES + from + at;
      if (message.isThere[from + at] === 1 && message.bytes[place] !== byte) {
        return undefined;
      }
      message.missing -= 1 - message.isThere[from + at];
      message.isThere[from + at] = 1;
      message.bytes[place] = byte;
    }
    return message;
  }

  #message(fragment: Buffer, length: number): Message | undefined {
    const number = fragment.readUInt16BE(4);
    // Of all messages only the hello comes twice: without the server's cookie, and with it.
    const key = fragment[0] === CLIENT_HELLO ? `${CLIENT_HELLO} ${number}` : `${fragment[0]}`;
    const known = this.#messages.get(key);
    if (known !== undefined) {
      const isSame = known.bytes.readUIntBE(1, 3) === length && known.number === number;
      return isSame ? known : undefined;
    }
    if (length > MAX_MESSAGE_BYTES || this.#messages.size >= MAX_MESSAGES) {
      return undefined;
    }
    const bytes = Buffer.alloc(MESSAGE_HEADER_BYTES + length);
    fragment.copy(bytes, 0, 0, MESSAGE_HEADER_BYTES);
    bytes.writeUIntBE(0, 6, 3);
    bytes.writeUIntBE(length, 9, 3);
    const message = { number, bytes, isThere: new Uint8Array(length), missing: length };
    this.#messages.set(key, message);
    return message;
  }
}

/** One whole message in a record in the clear. */
function recordOf(message: Buffer): Buffer {
  const header = Buffer.from([RecordType.handshake, ...VERSION, ...Buffer.alloc(10)]);
  header.writeUInt16BE(message.length, 11);
  return Buffer.concat([header, message]);
}
