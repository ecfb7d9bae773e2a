// What waits in Node because the system's buffer is full: it keeps its bytes, and nothing piles up behind it.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import { DgramSender, type SendingSocket } from "../../../src/node/turn/dgram-sender.js";
import { newSocketCounters } from "../../../src/node/turn/socket-counters.js";
import { type SendRequest, udpHandleOf } from "../../../src/node/turn/udp-handle.js";

/** A socket whose handle answers what it is told to. */
async function rig(answer: () => number) {
  const socket = createSocket({ type: "udp4", lookup: (address, _options, callback) => callback(null, address, 4) });
  const listening = once(socket, "listening");
  socket.bind({ address: "127.0.0.1" });
  await listening;
  onTestFinished(() => void socket.close());
  const arena = Arena.create({ sizeBytes: 262_144 });
  const { address, lengthBytes } = arena.reserve("slot", 2048);
  const counters = newSocketCounters();
  const sender = new DgramSender({ arena, counters });
  const sending: SendingSocket = { socket, handle: undefined, waiting: 0 };
  sender.bound(sending);
  const taken: { readonly request: SendRequest; readonly bytes: Uint8Array }[] = [];
  Object.defineProperty(udpHandleOf(socket) as object, "send", {
    value: (request: SendRequest, [bytes]: readonly Uint8Array[]) => {
      taken.push({ request, bytes });
      return answer();
    },
  });
  const send = (text: string): void => {
    const { bytes } = arena.memory;
    bytes.set(Buffer.from(text), address);
    sender.send(sending, address, text.length, 9, "127.0.0.1");
    // The slot is somebody else's now.
    bytes.fill(0xdd, address, address + lengthBytes);
  };
  return { counters, taken, sending, send };
}

test("a datagram that waits keeps its bytes however many follow, and those to its socket are dropped until it has left", async () => {
  let answer = 0;
  const { counters, taken, sending, send } = await rig(() => answer);
  send("waits");
  expect(sending.waiting).toBe(1);
  for (let i = 0; i < 200; i++) {
    send("dropped");
  }
  expect([taken.length, counters.sendBufferFull]).toEqual([1, 200]);
  expect(Buffer.from(taken[0].bytes).toString()).toBe("waits");
  taken[0].request.oncomplete?.(0);
  answer = 6;
  for (let i = 0; i < 200; i++) {
    send("again");
  }
  expect([taken.length, counters.sendBufferFull, sending.waiting]).toEqual([201, 200, 0]);
  expect(taken.slice(1).some(({ request }) => request === taken[0].request)).toBe(false);
});

test("when more wait than there is room for, the next is dropped, and room comes back", async () => {
  const { counters, taken, sending, send } = await rig(() => 0);
  for (let i = 0; i < 20; i++) {
    send(`packet ${i}`);
    // Another socket would not be blocked.
    sending.waiting = 0;
  }
  expect([taken.length, counters.sendBufferFull]).toEqual([16, 4]);
  expect(taken.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(
    Array.from({ length: 16 }, (_, i) => `packet ${i}`),
  );
  taken[7].request.oncomplete?.(0);
  sending.waiting = 0;
  send("again");
  expect([taken.length, counters.sendBufferFull]).toEqual([17, 4]);
});

test("errors are counted, those of a full buffer apart", async () => {
  const answers = [-105, -11, -1, -101];
  const { counters, send } = await rig(() => answers.shift() ?? 1);
  for (let i = 0; i < 5; i++) {
    send("packet");
  }
  expect(counters).toMatchObject({ sendBufferFull: 2, sendFailed: 2 });
});
