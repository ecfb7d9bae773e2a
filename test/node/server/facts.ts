// Facts for the bodies of the API without a running server: a mode that says what the test wants.
import { FloeError } from "../../../src/core/error/floe-error.js";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import type { PartialServerConfig } from "../../../src/node/server/config/server-config.js";
import { type ShownStreamMode, streamStatus } from "../../../src/node/server/modes/stream/stream-status.js";
import { shownSource } from "../../../src/node/server/shown-source.js";
import type { StatusInput } from "../../../src/node/server/status-body.js";

/** A server with this configuration whose source is not open, with anything else as `mode` says. */
export function factsOf(config: PartialServerConfig = {}, mode: Partial<ShownStreamMode> = {}): StatusInput {
  const { lastError } = mode;
  const parsed = parseConfigObject(config);
  const words = lastError?.toString() ?? "";
  const shown: ShownStreamMode = {
    live: undefined,
    lastError,
    shown: shownSource(parsed.media.source),
    sourceFacts: { name: "test", state: words === "" ? "idle" : "error", words, passthrough: "" },
    sessions: () => [],
    memory: {
      videoSlots: { slotCount: 2048 },
      kernels: { kind: "wasm", reason: "", counters: { "rtp-stamp": { calls: 1, bytes: 12 } } },
    },
    ...mode,
  };
  return {
    config: parsed,
    port: 4711,
    transport: { library: "node-datachannel", instead: undefined },
    mode: { status: () => streamStatus(shown, parsed) },
    turn: { standing: { kind: "off" }, report: undefined, iceServers: () => [] },
    signalling: { peers: 1 },
    uptimeUs: 61_900_000,
  };
}

/** What a source that cannot be opened leaves behind. */
export const BROKEN = new FloeError("source/not-found", "clip.mp4 does not exist", { fix: "Check the path." });
