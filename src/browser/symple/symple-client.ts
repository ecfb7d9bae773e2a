// A Symple client in a page or worker, over the browser's own WebSocket.
import type { SympleClientOptions } from "../../core/symple/symple-client.js";
import { type OpenSympleSocket, SympleEndpoint } from "../../core/symple/symple-endpoint.js";
import { webSocketUrl } from "../../core/symple/web-socket-url.js";
import { BrowserEntropy } from "../crypto/browser-entropy.js";
import { BrowserClock } from "../time/browser-clock.js";
import { fetchIceServers } from "./server-config.js";

/** A server that takes longer to tell its STUN and TURN servers is called without: a direct path may be there. */
const ICE_SERVERS_MS = 4000;

/** Which server, and who we are there. */
export type BrowserSympleClientOptions = Omit<SympleClientOptions, "entropy" | "user"> & {
  /** `ws://host:4500/ws`; http and https are taken for ws and wss. Relative to the page's own address. */
  readonly url: string;
  /** "viewer" when left out. */
  readonly user?: string;
};

/** A client on a WebSocket. Call `open`; throws FloeError for an address or a user that cannot be. */
export class BrowserSympleClient extends SympleEndpoint {
  readonly #server: { readonly url: string; readonly token: string };

  constructor({ url, user = "viewer", ...options }: BrowserSympleClientOptions) {
    const address = webSocketUrl(new URL(url, self.location.href).href);
    super({
      ...options,
      user,
      clock: new BrowserClock(),
      entropy: new BrowserEntropy(),
      openSocket: openBrowserSocket(address),
      listenerFailed: (error) => self.reportError(error),
    });
    this.#server = { url: address, token: options.token ?? "" };
    // Waiting out the back-off would be a pity once the network is back.
    const networkBack = (): void => {
      if (this.state.kind === "error" && this.state.retryAtUs !== undefined) {
        this.open();
      }
    };
    this.changed.on((state) => {
      if (state.kind === "closed") {
        self.removeEventListener("online", networkBack);
      } else {
        self.addEventListener("online", networkBack);
      }
    });
  }

  /**
   * The STUN and TURN servers that the server offers, with credentials that are good for a while: ask anew for each call.
   * Rejects with `check/no-config` or a timeout when it does not tell.
   */
  async iceServers(): Promise<readonly RTCIceServer[]> {
    const { url, token } = this.#server;
    const servers = await fetchIceServers(url, { token, signal: AbortSignal.timeout(ICE_SERVERS_MS) });
    return servers.map(({ urls, ...access }) => ({ urls: [urls].flat(), ...access }));
  }
}

function openBrowserSocket(url: string): OpenSympleSocket {
  return (events) => {
    const socket = new WebSocket(url);
    socket.onopen = () => events.opened();
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") {
        events.text(data);
      }
    };
    socket.onclose = ({ code, reason }) => events.closed(code, reason);
    return {
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}
