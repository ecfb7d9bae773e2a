// What waits in Node because the system's buffer is full: it keeps its bytes, and nothing piles up behind it.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { DgramSender, type SendingSocket } from "../../../src/node/turn/dgram-sender.js";
import { OutgoingBytes } from "../../../src/node/turn/outgoing-bytes.js";
import { newSocketCounters } from "../../../src/node/turn/socket-counters.js";
import { type SendRequest, udpHandleOf } from "../../../src/node/turn/udp-handle.js";

/** A socket whose handle answers what it is told to. */
async function rig(answer: () => number) {
  const socket = createSocket({ type: "udp4", lookup: (address, _options, callback) => callback(null, address, 4) });
  const listening = once(socket, "listening");
  socket.bind({ address: "127.0.0.1" });
  await listening;
  onTestFinished(() => void socket.close());
  const memory = new Uint8Array(4096);
  const counters = newSocketCounters();
  const sender = new DgramSender({ outgoing: new OutgoingBytes(memory, 2048), counters });
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
    memory.set(Buffer.from(text));
    sender.send(sending, 0, text.length, 9, "127.0.0.1");
    // The slot is somebody else's now.
    memory.fill(0xdd);
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
  taken[0].request.oncomplete?.(0);
  answer = 6;
  for (let i = 0; i < 200; i++) {
    send("again");
  }
  expect([taken.length, counters.sendBufferFull, sending.waiting]).toEqual([201, 200, 0]);
  expect(Buffer.from(taken[0].bytes).toString()).toBe("waits");
  expect(taken.slice(1).some(({ request }) => request === taken[0].request)).toBe(false);
});

test("errors are counted, those of a full buffer apart", async () => {
  const answers = [-105, -11, -1, -101];
  const { counters, send } = await rig(() => answers.shift() ?? 1);
  for (let i = 0; i < 5; i++) {
    send("packet");
  }
  expect(counters).toMatchObject({ sendBufferFull: 2, sendFailed: 2 });
});
