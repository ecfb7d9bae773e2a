// The one place that imports node-datachannel: lazily, once, with its log silenced below errors and its global threads
// ended when the last user has left (without that the process never exits).
import type * as NodeDataChannel from "node-datachannel";
import { FloeError } from "../../core/error/floe-error.js";
import type { Logger } from "../../core/diagnosis/logger.js";

/** The library's namespace. */
export type DataChannelLibrary = typeof NodeDataChannel;

let loading: Promise<DataChannelLibrary> | undefined;
let users = 0;

/** Loads the library and counts a user. Throws `webrtc/not-installed` when the optional package is absent. */
export async function acquireDataChannelLibrary(logger: Logger): Promise<DataChannelLibrary> {
  loading ??= load(logger);
  try {
    const library = await loading;
    users++;
    return library;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

/** Gives one use back. After the last one the library's threads are joined; a later acquire starts them anew. */
export function releaseDataChannelLibrary(library: DataChannelLibrary): void {
  users--;
  if (users === 0) {
    library.cleanup();
  }
}

async function load(logger: Logger): Promise<DataChannelLibrary> {
  let library: DataChannelLibrary;
  try {
    library = await import("node-datachannel");
  } catch (cause) {
    throw new FloeError("webrtc/not-installed", "the package node-datachannel is missing or has no binary for this machine", {
      fix: "Run `npm install node-datachannel`.",
      cause,
    });
  }
  library.initLogger("Error", (level, message) => {
    // Called by the library: nothing may throw out of here.
    logger.limited("node-datachannel").debug(message, { level });
  });
  return library;
}
