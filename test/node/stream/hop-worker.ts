// The worker of the hop's tests in Node.
import { parentPort } from "node:worker_threads";
import { hopPort } from "../../../src/node/stream/hop-port.js";
import { serveHalves } from "../../core/stream/hop/thread-half.js";

serveHalves(hopPort(parentPort));
