// The first step of a connection test: the server's WebSocket, up to its welcome.
import type { CheckOutcome } from "../../core/check/check-step.js";
import { foreignHint } from "../symple/foreign-page.js";
import { BrowserSympleClient } from "../symple/symple-client.js";
import { firstOf } from "./gather.js";
import { faultOf } from "./thrown-fault.js";

/** A client of its own for the test, not opened. Throws for an address that is none. */
export function signInClient({ url, token }: { readonly url: string; readonly token: string }): BrowserSympleClient {
  const identity = { name: "Connection test", peerType: "player", rooms: ["public"] };
  return new BrowserSympleClient({ url, token, ...identity, reconnect: false });
}

/** Opens the client and waits until the server has let it in, or has not. */
export async function signIn(
  client: BrowserSympleClient,
  { url, until }: { readonly url: string; readonly until: AbortSignal },
): Promise<CheckOutcome> {
  const decided = new Promise<void>((resolve) => {
    client.changed.on(({ kind }) => {
      if (kind === "online" || kind === "error") {
        resolve();
      }
    });
  });
  client.open();
  await firstOf(decided, until);
  const { state } = client;
  switch (state.kind) {
    case "online":
      return { state: "passed", detail: "" };
    case "error": {
      const fault = faultOf("signalling", state.error);
      const hint = fault.code === "symple/unreachable" ? foreignHint(url) : "";
      return { state: "failed", fault: { ...fault, fix: `${fault.fix} ${hint}`.trim() } };
    }
    default: {
      const fix = "Check that the address is that of a Floe server.";
      return { state: "failed", fault: { code: "symple/timeout", message: "The server does not answer", fix } };
    }
  }
}
