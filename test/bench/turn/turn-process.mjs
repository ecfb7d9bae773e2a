// The TURN server in a process of its own, from dist. The first argument is JSON: options of TurnServer.start but the credentials.
// SIGUSR2 prints its report with its memory, after a collection where there is --expose-gc.

import { Secret, StaticCredentials } from "../../../dist/core/index.js";
import { NodeEntropy, TurnServer } from "../../../dist/node/index.js";

const { user = "bench", password = "bench", realm = "floe", ...options } = JSON.parse(process.argv[2] ?? "{}");
const credentials = new StaticCredentials(new Map([[user, new Secret(password)]]), {
  realm,
  entropy: new NodeEntropy(),
});
const server = await TurnServer.start({ credentials, host: "127.0.0.1", port: 0, realm, ...options });

console.log(JSON.stringify({ port: server.port, sockets: server.sockets, pid: process.pid }));
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  globalThis.gc?.();
  console.log(JSON.stringify({ report: server.report(), memory: process.memoryUsage() }));
});
process.on("SIGTERM", () => {
  void server.close().then(() => process.exit(0));
});
