// The page's head: whose page it is, and whether it is connected.
import { type LinkState, linkState, linkTrouble, type ServerFacts, serverFacts } from "../model/server-link.js";

/** Name, version, connection. */
export function Header() {
  const state = linkState.value;
  const facts = serverFacts.value;
  return (
    <header class="head">
      <h1>
        <img src="./favicon.svg" alt="" width="28" height="28" />
        Floe
      </h1>
      <p class="link" role="status" data-testid="connection" data-state={state.kind}>
        <span class="dot" aria-hidden="true" />
        <span>{describeLink(state, facts)}</span>
      </p>
    </header>
  );
}

function describeLink(state: LinkState, facts: ServerFacts | undefined): string {
  switch (state.kind) {
    case "online":
      return facts === undefined ? "Connected" : `Connected to ${facts.product} ${facts.version}`;
    case "error":
      return state.retryAtUs === undefined ? "Not connected" : "Not connected, trying again";
    case "closed":
    case "connecting":
    case "authenticating":
      return linkTrouble.value === undefined ? "Connecting…" : "Not connected, trying again";
    default:
      return state satisfies never;
  }
}
