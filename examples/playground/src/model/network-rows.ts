// What the page says about the ways to the server, out of /api/status: where media and the relay are offered, what keeps viewers
// away, and who is relayed now.

/** One way, in words. */
export type NetworkRow = {
  readonly id: "network" | "turn";
  readonly name: string;
  /** `warned`: it works, for fewer people than one may think. */
  readonly state: "passed" | "warned" | "failed";
  readonly words: string;
};

const NAMES: { readonly [id in NetworkRow["id"]]: string } = { network: "Media", turn: "Relay" };
const STATES: { readonly [result: string]: NetworkRow["state"] } = { pass: "passed", warn: "warned", fail: "failed" };

/** The rows of a status; none when it is not one of ours. */
export function networkRows(status: unknown): readonly NetworkRow[] {
  const checks = field(status, "checks");
  return (Array.isArray(checks) ? checks : []).flatMap((check): NetworkRow[] => {
    const id = field(check, "name");
    const state = STATES[String(field(check, "result"))];
    const detail = field(check, "detail");
    return (id === "network" || id === "turn") && state !== undefined && typeof detail === "string"
      ? [{ id, name: NAMES[id], state, words: sentence(detail) }]
      : [];
  });
}

/** Who is relayed, and what was refused; "" when there is nothing to tell. */
export function relayUse(status: unknown): string {
  const turn = field(status, "turn");
  const relayed = count(turn, "bytesToPeers") + count(turn, "bytesToClients");
  const denied = count(field(turn, "counters"), "deniedPeers");
  const allocations = count(turn, "allocations");
  if (allocations === 0 && relayed === 0 && denied === 0) {
    return "";
  }
  const now = allocations === 1 ? "1 allocation now" : `${allocations} allocations now`;
  return `${now}, ${(relayed / 1_000_000).toFixed(1)} MB relayed, ${denied} refused.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function count(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === "number" ? found : 0;
}
