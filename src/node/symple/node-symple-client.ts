// A Symple client in Node, over ws: for tools, tests and servers that watch other servers.
import { WebSocket } from "ws";
import type { Entropy } from "../../core/crypto/entropy.js";
import { Logger } from "../../core/diagnosis/logger.js";
import type { SympleClientOptions } from "../../core/symple/symple-client.js";
import { type OpenSympleSocket, SympleEndpoint } from "../../core/symple/symple-endpoint.js";
import { webSocketUrl } from "../../core/symple/web-socket-url.js";
import type { Clock } from "../../core/time/clock.js";
import { NodeEntropy } from "../crypto/node-entropy.js";
import { NodeClock } from "../time/node-clock.js";

/** Longest frame that is taken from a server. */
const MAX_FRAME_BYTES = 1_048_576;

/** Which server, and who we are there. */
export type NodeSympleClientOptions = Omit<SympleClientOptions, "entropy" | "user"> & {
  /** `ws://host:4500/ws`; http and https are taken for ws and wss. */
  readonly url: string;
  /** "node" when left out. */
  readonly user?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly entropy?: Entropy;
};

/** A client on a ws socket. Call `open`; throws FloeError for an address or a user that cannot be. */
export class NodeSympleClient extends SympleEndpoint {
  constructor({
    url,
    user = "node",
    logger = Logger.silent(),
    clock = new NodeClock(),
    entropy = new NodeEntropy(),
    ...options
  }: NodeSympleClientOptions) {
    const log = logger.child("symple-client");
    super({
      ...options,
      user,
      clock,
      entropy,
      openSocket: openNodeSocket(webSocketUrl(url)),
      listenerFailed: (error) => log.limited("listener").error("a listener threw", { error }),
    });
  }
}

function openNodeSocket(url: string): OpenSympleSocket {
  return (events) => {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES });
    socket.on("open", () => events.opened());
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (!isBinary) {
        events.text(data.toString("utf8"));
      }
    });
    socket.on("close", (code, reason) => events.closed(code, reason.toString("utf8")));
    // "close" follows every "error".
    socket.on("error", () => {});
    return {
      send: (text) => socket.send(text, () => {}),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}
