import { hopPort } from "../../../src/browser/stream/hop-port.js";
import { describeHops, type TestThread } from "../../core/stream/hop/thread-suite.js";

function openThread(): TestThread {
  const worker = new Worker(new URL("./hop-worker.ts", import.meta.url), { type: "module" });
  return { port: hopPort(worker), terminate: () => worker.terminate() };
}

describeHops({ wire: self.crossOriginIsolated ? "ring" : "messages" }, openThread);
if (self.crossOriginIsolated) {
  describeHops({ wire: "messages", option: "messages" }, openThread);
}
