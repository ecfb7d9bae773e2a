// The connection to the server that served this page: its state, who is online, and what the server says of itself.
import { signal } from "@preact/signals";
import { BrowserSympleClient } from "floe/browser";

/** Where the connection stands. */
export type LinkState = BrowserSympleClient["state"];
/** What is wrong with the connection. */
export type LinkError = Extract<LinkState, { readonly kind: "error" }>["error"];
/** A peer as its presence tells it. */
export type Peer = BrowserSympleClient["roster"]["peers"][number];
/** What /api/health says. */
export type ServerFacts = { readonly product: string; readonly version: string };

const token = new URLSearchParams(location.search).get("token") ?? "";

/** The page's one client; the player shares it. */
export const client = new BrowserSympleClient({
  url: new URL("ws", document.baseURI).href,
  token,
  name: "Viewer",
  peerType: "player",
  rooms: ["public"],
});

/** Where the connection stands. */
export const linkState = signal<LinkState>(client.state);
/** Why there is no connection; kept over the attempts that follow, until one succeeds. */
export const linkTrouble = signal<LinkError | undefined>(undefined);
/** Who else is online, in the order they came. */
export const peers = signal<readonly Peer[]>([]);
/** The server's name and version, once it has told. */
export const serverFacts = signal<ServerFacts | undefined>(undefined);

/** Begins to connect, and goes on for as long as the page is open. */
export function connect(): void {
  client.changed.on((state) => {
    linkState.value = state;
    if (state.kind === "error") {
      linkTrouble.value = state.error;
    } else if (state.kind === "online") {
      linkTrouble.value = undefined;
      void askServer();
    }
  });
  const update = (): void => {
    peers.value = client.roster.peers;
  };
  client.roster.peerAdded.on(update);
  client.roster.peerChanged.on(update);
  client.roster.peerRemoved.on(update);
  client.open();
}

/** Tries again at once instead of waiting for the next attempt. */
export function retryNow(): void {
  client.open();
}

async function askServer(): Promise<void> {
  try {
    const response = await fetch(new URL("api/health", document.baseURI));
    const body: unknown = await response.json();
    serverFacts.value = isServerFacts(body) ? body : undefined;
  } catch {
    // The page works without; the header then names no version.
    serverFacts.value = undefined;
  }
}

function isServerFacts(body: unknown): body is ServerFacts {
  return (
    typeof body === "object" &&
    body !== null &&
    typeof Reflect.get(body, "product") === "string" &&
    typeof Reflect.get(body, "version") === "string"
  );
}
