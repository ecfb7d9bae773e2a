// Chooses the library that connections are made with, and takes it.
import type { Logger } from "../../core/diagnosis/logger.js";
import { FloeError } from "../../core/error/floe-error.js";
import { NativeLibrary } from "./native-library.js";
import type { TransportChoice, TransportLibrary, TransportName } from "./transport-library.js";
import { WeriftLibrary } from "./werift/werift-library.js";

/** How each library is taken. */
export type TransportLoaders = { readonly [name in TransportName]: (logger: Logger) => Promise<TransportLibrary> };

const LOADERS: TransportLoaders = {
  "node-datachannel": (logger) => NativeLibrary.acquire(logger),
  werift: () => WeriftLibrary.acquire(),
};

/** A library that was taken. */
export type AcquiredTransport = {
  readonly library: TransportLibrary;
  /** Why it is not the one that is better, in a sentence; undefined when it is, or was asked for. */
  readonly instead: string | undefined;
};

/**
 * Takes the library that is asked for; `auto` takes node-datachannel, or werift where that cannot be loaded, and warns. Throws
 * `webrtc/not-installed` where there is none.
 */
export async function acquireTransport(
  choice: TransportChoice,
  logger: Logger,
  loaders: TransportLoaders = LOADERS,
): Promise<AcquiredTransport> {
  let reason: string;
  try {
    return { library: await loaders[choice === "auto" ? "node-datachannel" : choice](logger), instead: undefined };
  } catch (error) {
    if (choice !== "auto") {
      throw error;
    }
    reason = error instanceof FloeError ? error.message : String(error);
  }
  const library = await loaders.werift(logger).catch((cause: unknown) => {
    throw new FloeError("webrtc/not-installed", `${reason}, and werift cannot be loaded either`, {
      cause,
      fix: "Run `npm install node-datachannel`.",
    });
  });
  const instead = `${reason}, so werift carries the media: sending takes five times the CPU`;
  logger
    .child("transport")
    .warn(`${instead}. Run \`npm install node-datachannel\`, or set webrtc.transport to werift.`);
  return { library, instead };
}
