// What of a peer's datagrams gets to the library.
import { expect, test } from "vitest";
import { DtlsRecords } from "../../../../src/node/webrtc/werift/dtls-records.js";

type Fragment = { type?: number; number?: number; length?: number; from?: number; body: string };

/** A handshake message, or a fragment of one. */
function message({ type = 11, number = 0, body, length = body.length, from = 0 }: Fragment): Buffer {
  const bytes = Buffer.alloc(12 + body.length);
  bytes[0] = type;
  bytes.writeUIntBE(length, 1, 3);
  bytes.writeUInt16BE(number, 4);
  bytes.writeUIntBE(from, 6, 3);
  bytes.writeUIntBE(body.length, 9, 3);
  bytes.write(body, 12);
  return bytes;
}

function record(content: Buffer, { type = 22, epoch = 0 } = {}): Buffer {
  const header = Buffer.from([type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(content.length, 11);
  return Buffer.concat([header, content]);
}

const accept = (records: DtlsRecords, ...content: Buffer[]): (Buffer | "alert")[] => [
  ...records.accept(Buffer.concat(content)),
];

test("whole messages pass, several in a record and several records in a datagram", () => {
  const [first, second, third] = [2, 11, 12].map((type, number) => message({ type, number, body: `body ${type}` }));
  const datagram = [record(Buffer.concat([first, second])), record(third)];
  expect(accept(new DtlsRecords(), ...datagram)).toEqual([first, second, third].map((each) => record(each)));
});

test("pieces in any order make a message, once all are there", () => {
  const records = new DtlsRecords();
  const whole = message({ body: "certificate" });
  const piece = (from: number, to: number): Buffer =>
    record(message({ body: "certificate".slice(from, to), from, length: 11 }));
  expect(accept(records, piece(7, 11), piece(0, 5))).toEqual([]);
  expect(accept(records, piece(3, 9))).toEqual([record(whole)]);
  expect(accept(records, piece(0, 5), record(whole))).toEqual([]);
});

test("a message that comes before its turn waits", () => {
  const records = new DtlsRecords();
  const [first, second, third] = [2, 11, 12].map((type, number) => record(message({ type, number, body: "x" })));
  expect(accept(records, third)).toEqual([]);
  expect(accept(records, first)).toEqual([first]);
  expect(accept(records, third)).toEqual([]);
  expect(accept(records, second)).toEqual([second, third]);
});

test("of each kind the first message stands; another one, of another number or with other bytes, is dropped", () => {
  const records = new DtlsRecords();
  const first = message({ body: "the peer's key" });
  expect(accept(records, record(first))).toHaveLength(1);
  for (const other of [
    message({ body: "a strange key." }),
    message({ body: "the peer's key", number: 2 }),
    message({ body: "the peer's key and more" }),
    message({ body: "peer", from: 5, length: 14 }),
  ]) {
    expect(accept(records, record(other))).toEqual([]);
  }
  expect(records.dropped).toBe(4);
});

test("a hello comes without the server's cookie and with it, and again as long as nothing has followed it", () => {
  const records = new DtlsRecords();
  const [bare, full] = [0, 1].map((number) => record(message({ type: 1, number, body: `hello ${number}` })));
  for (const hello of [bare, bare, full, full]) {
    expect(accept(records, hello)).toEqual([hello]);
  }
  expect(accept(records, bare)).toEqual([]);
});

test("an alert in the clear is heard during the handshake, and nothing in the clear once there are keys", () => {
  const records = new DtlsRecords();
  const alert = (level: number): Buffer => record(Buffer.from([level, 42]), { type: 21 });
  expect(accept(records, alert(1))).toEqual([]);
  expect(accept(records, alert(2))).toEqual(["alert"]);
  records.hasKeys = true;
  expect(accept(records, alert(2), record(message({ type: 1, body: "begin anew" })))).toEqual([]);
  const data = record(Buffer.from("enciphered"), { type: 23, epoch: 1 });
  expect(accept(records, data)).toEqual([data]);
});

test("what is longer than it says or too long, and a kind too many, are dropped", () => {
  const records = new DtlsRecords();
  expect(accept(records, record(message({ body: "x" })).subarray(0, 20))).toEqual([]);
  expect(accept(records, record(message({ body: "short", length: 3 })))).toEqual([]);
  expect(accept(records, record(message({ type: 30, body: "x", length: 16_777_215 })))).toEqual([]);
  const passed = Array.from({ length: 200 }, (_, number) =>
    accept(records, record(message({ type: 1, number, body: "hello" }))),
  );
  expect(passed.flat().length).toBeLessThanOrEqual(16);
  for (let length = 0; length < 60; length++) {
    accept(records, Buffer.alloc(length, 22));
  }
});
