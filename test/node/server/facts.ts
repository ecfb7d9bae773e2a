// Facts for the bodies of the API without a running server: a mode that says what the test wants.
import { FloeError } from "../../../src/core/error/floe-error.js";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import type { PartialServerConfig } from "../../../src/node/server/config/server-config.js";
import type { StreamMode } from "../../../src/node/server/modes/stream/stream-mode.js";
import type { StatusInput } from "../../../src/node/server/status-body.js";

/** What the status reads of a mode. */
type ShownMode = Pick<StreamMode, "live" | "lastError" | "sessions"> & {
  readonly memory: { readonly kernels: { readonly kind: string; readonly counters: object } };
};

/** A server with this configuration whose source is not open, with anything else as `mode` says. */
export function factsOf(config: PartialServerConfig = {}, mode: Partial<ShownMode> = {}): StatusInput {
  const shown: ShownMode = {
    live: undefined,
    lastError: undefined,
    sessions: () => [],
    memory: { kernels: { kind: "wasm", counters: { "rtp-stamp": { calls: 1, bytes: 12 } } } },
    ...mode,
  };
  return { config: parseConfigObject(config), port: 4711, mode: shown as StreamMode, uptimeUs: 61_900_000 };
}

/** What a source that cannot be opened leaves behind. */
export const BROKEN = new FloeError("source/not-found", "clip.mp4 does not exist", { fix: "Check the path." });
