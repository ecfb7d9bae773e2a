// Takes the library that connections are made with.
import type { Logger } from "../../core/diagnosis/logger.js";
import { NativeLibrary } from "./native-library.js";
import type { TransportLibrary } from "./transport-library.js";

/** Loads a library and counts a user of it. Throws `webrtc/not-installed` where there is none. */
export async function acquireTransport(logger: Logger): Promise<TransportLibrary> {
  return await NativeLibrary.acquire(logger);
}
