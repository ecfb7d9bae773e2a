// The one place that imports node-datachannel: lazily, once, with its log silenced below errors and its global threads
// ended when the last user has left (without that the process never exits).
import type * as NodeDataChannel from "node-datachannel";
import type { Logger } from "../../core/diagnosis/logger.js";
import { FloeError } from "../../core/error/floe-error.js";
import { releaseHeldHandles } from "./held-handles.js";

/** The library's namespace. */
export type DataChannelLibrary = typeof NodeDataChannel;

let loading: Promise<DataChannelLibrary> | undefined;
let users = 0;

/** What the library has to say goes to the logger of its first user; clean-up ends that, the next first user begins anew. */
function listen(library: DataChannelLibrary, logger: Logger): void {
  library.initLogger("Error", (level, message) => {
    try {
      logger.limited("node-datachannel").debug(message, { level });
    } catch {
      // Called by the library: nothing may throw out of here.
    }
  });
}

/** Loads the library and counts a user. Throws `webrtc/not-installed` when the optional package is absent. */
export async function acquireDataChannelLibrary(logger: Logger): Promise<DataChannelLibrary> {
  loading ??= load();
  try {
    const library = await loading;
    if (users === 0) {
      listen(library, logger);
    }
    users++;
    return library;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

/** Gives one use back. After the last one the library's threads are joined; a later acquire starts them anew. */
export function releaseDataChannelLibrary(library: DataChannelLibrary, logger: Logger): void {
  users--;
  if (users > 0) {
    return;
  }
  try {
    library.cleanup();
  } catch (error) {
    // Its threads did not end in time; nothing of ours hangs on them.
    logger.error("the transport library did not clean up", { error });
  }
  releaseHeldHandles();
}

async function load(): Promise<DataChannelLibrary> {
  try {
    return await import("node-datachannel");
  } catch (cause) {
    throw new FloeError(
      "webrtc/not-installed",
      "the package node-datachannel is missing or has no binary for this machine",
      {
        fix: "Run `npm install node-datachannel`.",
        cause,
      },
    );
  }
}
