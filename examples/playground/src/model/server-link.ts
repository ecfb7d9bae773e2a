// The connection to the server that served this page: its state, who is online, and what the server says of itself.
import { signal } from "@preact/signals";
import { BrowserSympleClient } from "floe/browser";
import { askApi } from "./server-api.js";
import { keepToken, takeToken } from "./token.js";

/** Where the connection stands. */
export type LinkState = BrowserSympleClient["state"];
/** What is wrong with the connection. */
export type LinkError = Extract<LinkState, { readonly kind: "error" }>["error"];
/** A peer as its presence tells it. */
export type Peer = BrowserSympleClient["roster"]["peers"][number];
/** What /api/config says. */
export type ServerFacts = {
  readonly product: string;
  readonly version: string;
  /** `stream`, `record`. */
  readonly mode: string;
  /** The server's own peer, whom a page calls. */
  readonly address: string;
};

/** How long to wait before a server that did not tell is asked again. */
const ASK_AGAIN_MS = 3000;

let token = takeToken(window);
/** Whether the page has a token to show the server. */
export const hasToken = signal(false);
/** The page's client; the player shares it. Another one after another token. */
export const client = signal(makeClient());
/** Where the connection stands. */
export const linkState = signal<LinkState>(client.value.state);
/** Why there is no connection; kept over the attempts that follow, until one succeeds. */
export const linkTrouble = signal<LinkError | undefined>(undefined);
/** Who else is online, in the order they came. */
export const peers = signal<readonly Peer[]>([]);
/** The server's facts, once it has told; kept while it is away. */
export const serverFacts = signal<ServerFacts | undefined>(undefined);

/** Begins to connect, and goes on for as long as the page is open. */
export function connect(): void {
  const current = client.value;
  current.changed.on((state) => {
    linkState.value = state;
    if (state.kind === "error") {
      linkTrouble.value = state.error;
    } else if (state.kind === "online") {
      linkTrouble.value = undefined;
      void askServer();
    }
  });
  const update = (): void => {
    peers.value = current.roster.peers;
  };
  current.roster.peerAdded.on(update);
  current.roster.peerChanged.on(update);
  current.roster.peerRemoved.on(update);
  current.open();
}

/** Tries again at once instead of waiting for the next attempt. */
export function retryNow(): void {
  client.value.open();
}

/** Connects anew with another token, and keeps it for this tab. */
export function signInWith(other: string): void {
  token = other;
  keepToken(window, token);
  client.value.changed.clear();
  client.value.close();
  peers.value = [];
  linkTrouble.value = undefined;
  client.value = makeClient();
  connect();
}

/** The token that the page shows the server; "" for none. */
export function tokenInUse(): string {
  return token;
}

/** The server's signalling. */
export function serverUrl(): string {
  return new URL("ws", document.baseURI).href;
}

function makeClient(): BrowserSympleClient {
  hasToken.value = token !== "";
  return new BrowserSympleClient({
    url: serverUrl(),
    token,
    name: "Viewer",
    peerType: "player",
    rooms: ["public"],
  });
}

/**
 * Presence would tell as well; any peer can write there that it is a server which records, and would be called with the
 * camera on. The API is the server's own.
 */
async function askServer(): Promise<void> {
  const asking = client.value;
  try {
    const told = readFacts(await askApi("config", { token }));
    if (asking === client.value) {
      serverFacts.value = told ?? serverFacts.value;
    }
  } catch {
    // Watching works without.
    setTimeout(() => {
      if (asking === client.value && asking.state.kind === "online") {
        void askServer();
      }
    }, ASK_AGAIN_MS);
  }
}

function readFacts(body: unknown): ServerFacts | undefined {
  const text = (from: unknown, name: string): string => {
    const value: unknown = typeof from === "object" && from !== null ? Reflect.get(from, name) : undefined;
    return typeof value === "string" ? value : "";
  };
  const product = text(body, "product");
  if (product === "") {
    return undefined;
  }
  return {
    product,
    version: text(body, "version"),
    mode: text(body, "mode"),
    address: text(typeof body === "object" && body !== null ? Reflect.get(body, "peer") : undefined, "address"),
  };
}
