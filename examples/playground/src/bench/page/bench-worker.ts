// The worker: runs every case, so that the page stays alive meanwhile.
import { kernelCases } from "../kernel-cases.js";
import { runCase } from "../run-case.js";
import type { BenchNews, BenchOrder } from "./bench-messages.js";

function tell(news: BenchNews): void {
  postMessage(news);
}

function stopwatch(): () => number {
  const startMs = performance.now();
  return () => (performance.now() - startMs) * 1e6;
}

async function runAll({ sampleMs, rounds }: BenchOrder): Promise<void> {
  const options = { stopwatch, sampleNs: sampleMs * 1e6, rounds, withShared: crossOriginIsolated };
  for (const each of kernelCases) {
    tell({ kind: "started", id: each.id });
    try {
      const { contenders } = await runCase(each, options);
      tell({ kind: "measured", id: each.id, contenders });
    } catch (error) {
      tell({ kind: "failed", id: each.id, reason: error instanceof Error ? error.message : String(error) });
      return;
    }
  }
  tell({ kind: "finished" });
}

addEventListener("message", ({ data }: MessageEvent<BenchOrder>) => {
  void runAll(data);
});
