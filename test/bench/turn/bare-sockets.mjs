// UDP sockets that are bound and nothing else, by either way: what an allocation is compared with. Prints the memory of its process each
// time that so many more are open, and ends.
import { createSocket } from "node:dgram";
import { loadLinuxCalls } from "../../../dist/node/turn/linux-calls.js";

const [way, count] = [process.argv[2], Number(process.argv[3])];
const LOOKS = 10;
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

const calls = way === "koffi" ? await loadLinuxCalls() : undefined;
// 127.0.0.1, any port.
const name = Buffer.alloc(16);
name.writeUInt16LE(2, 0);
name.writeUInt32BE(0x7f000001, 4);
const address = calls?.addressOf(name) ?? 0;
const looks = [];
for (let look = 0; look <= LOOKS; look++) {
  await open(count, calls, address);
  globalThis.gc();
  globalThis.gc();
  looks.push(process.memoryUsage.rss());
}
console.log(JSON.stringify({ looks }));
process.exit(0);
