// TransportLibrary over node-datachannel.
import type { Logger } from "../../core/diagnosis/logger.js";
import type { PeerTransport } from "../../core/webrtc/peer-transport.js";
import {
  acquireDataChannelLibrary,
  type DataChannelLibrary,
  releaseDataChannelLibrary,
} from "./load-node-datachannel.js";
import { nativeIceServers } from "./native-config.js";
import { NativePeer } from "./native-peer.js";
import type { TransportConfig, TransportLibrary } from "./transport-library.js";

/** One use of node-datachannel: after the last one its threads end. */
export class NativeLibrary implements TransportLibrary {
  readonly name = "node-datachannel";
  readonly #logger: Logger;
  #library: DataChannelLibrary | undefined;

  private constructor(library: DataChannelLibrary, logger: Logger) {
    this.#library = library;
    this.#logger = logger;
  }

  /** Loads it. Throws `webrtc/not-installed` when the optional package is absent. */
  static async acquire(logger: Logger): Promise<NativeLibrary> {
    return new NativeLibrary(await acquireDataChannelLibrary(logger), logger);
  }

  unusedServers({ iceServers }: Pick<TransportConfig, "iceServers">): readonly string[] {
    return iceServers.flatMap((server) =>
      server.urls.filter((url) => nativeIceServers([{ ...server, urls: [url] }]).length === 0),
    );
  }

  open(name: string, config: TransportConfig, logger: Logger): PeerTransport {
    if (this.#library === undefined) {
      throw new Error("the transport library was given back");
    }
    return new NativePeer(this.#library, name, config, logger);
  }

  release(): void {
    const library = this.#library;
    this.#library = undefined;
    if (library !== undefined) {
      releaseDataChannelLibrary(library, this.#logger);
    }
  }
}
