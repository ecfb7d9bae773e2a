// A stranger who sends a TURN server what it never asked for, in a thread of its own: noise, requests without a signature, with a wrong
// one, with a forged nonce, data for nobody.
import { createSocket } from "node:dgram";
import { parentPort, workerData } from "node:worker_threads";

const { port, host, messages } = workerData;
/** Two thousand a second, more than a call has packets; a machine that stands still for 100 ms loses none of them. */
const [BURST, EVERY_MS] = [10, 5];

const socket = createSocket("udp4");
// Answers are for whoever asked nicely.
socket.on("message", () => {});
socket.on("error", () => {});
let sent = 0;
const timer = setInterval(() => {
  for (let i = 0; i < BURST; i++) {
    socket.send(messages[sent++ % messages.length], port, host);
  }
}, EVERY_MS);
parentPort?.once("message", () => {
  clearInterval(timer);
  socket.close();
  parentPort?.postMessage(sent);
  parentPort?.close();
});
