// The worker of the hop's bench: a half that echoes, and an echo by bare postMessage.
import { parentPort } from "node:worker_threads";
import { serveHop } from "../../../dist/core/index.js";
import { hopPort } from "../../../dist/node/index.js";
import { contract } from "./hop-contract.mjs";

serveHop(hopPort(parentPort), contract, (input) => input);
parentPort.on("message", (message) => {
  if (message.bare === "clone") {
    parentPort.postMessage(message);
  } else if (message.bare === "transfer") {
    parentPort.postMessage(message, [message.data.buffer]);
  }
});
