// A Symple client in a page or worker, over the browser's own WebSocket.
import type { SympleClientOptions } from "../../core/symple/symple-client.js";
import { type OpenSympleSocket, SympleEndpoint } from "../../core/symple/symple-endpoint.js";
import { webSocketUrl } from "../../core/symple/web-socket-url.js";
import { BrowserEntropy } from "../crypto/browser-entropy.js";
import { BrowserClock } from "../time/browser-clock.js";

/** Which server, and who we are there. */
export type BrowserSympleClientOptions = Omit<SympleClientOptions, "entropy" | "user"> & {
  /** `ws://host:4500/ws`; http and https are taken for ws and wss. Relative to the page's own address. */
  readonly url: string;
  /** "viewer" when left out. */
  readonly user?: string;
};

/** A client on a WebSocket. Call `open`; throws FloeError for an address or a user that cannot be. */
export class BrowserSympleClient extends SympleEndpoint {
  constructor({ url, user = "viewer", ...options }: BrowserSympleClientOptions) {
    super({
      ...options,
      user,
      clock: new BrowserClock(),
      entropy: new BrowserEntropy(),
      openSocket: openBrowserSocket(webSocketUrl(new URL(url, self.location.href).href)),
      listenerFailed: (error) => self.reportError(error),
    });
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
