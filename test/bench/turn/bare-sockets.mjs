// So many UDP sockets that are bound and nothing else, by either way: what an allocation is compared with. Prints its memory before and
// after, and ends.
import { createSocket } from "node:dgram";
import { loadLinuxCalls } from "../../../dist/node/turn/linux-calls.js";

const [way, count] = [process.argv[2], Number(process.argv[3])];
const sockets = [];

async function openOne(calls, address) {
  if (calls !== undefined) {
    const fd = calls.socket(2, 0o2_004_002, 0);
    sockets.push(fd);
    return calls.bind(fd, address, 16) === 0;
  }
  const socket = createSocket("udp4");
  sockets.push(socket);
  await new Promise((resolve) => socket.bind({ address: "127.0.0.1", exclusive: true }, resolve));
  return true;
}

async function open(number, calls, address) {
  for (let i = 0; i < number; i++) {
    if (!(await openOne(calls, address))) {
      throw new Error("a socket could not be bound");
    }
  }
}

function memory() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage();
}

const calls = way === "koffi" ? await loadLinuxCalls() : undefined;
// 127.0.0.1, any port.
const name = Buffer.alloc(16);
name.writeUInt16LE(2, 0);
name.writeUInt32BE(0x7f000001, 4);
const address = calls?.addressOf(name) ?? 0;
await open(500, calls, address);
const before = memory();
await open(count, calls, address);
console.log(JSON.stringify({ before, after: memory() }));
process.exit(0);
