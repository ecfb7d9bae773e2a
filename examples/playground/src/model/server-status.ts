// The server's status, while there is a connection to it and somebody looks at the page.
import { effect, signal } from "@preact/signals";
import { linkState, tokenInUse } from "./server-link.js";

const EVERY_MS = 5000;

/** What /api/status said last; undefined while there is no connection. */
export const serverStatus = signal<unknown>(undefined);

/** Asks for the status now and every five seconds, for as long as the page is open. */
export function followStatus(): void {
  effect(() => {
    if (linkState.value.kind !== "online") {
      serverStatus.value = undefined;
      return undefined;
    }
    const asking = new AbortController();
    const ask = (): void => {
      if (document.visibilityState === "visible") {
        void askStatus(asking.signal);
      }
    };
    ask();
    const timer = setInterval(ask, EVERY_MS);
    return () => {
      clearInterval(timer);
      asking.abort();
    };
  });
}

async function askStatus(signal: AbortSignal): Promise<void> {
  const token = tokenInUse();
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
  try {
    const response = await fetch(new URL("api/status", document.baseURI), { headers, signal });
    const body: unknown = response.ok ? await response.json() : undefined;
    if (!signal.aborted) {
      serverStatus.value = body;
    }
  } catch {
    // The page works without; what it said before may still be true.
  }
}
