// How many sessions a mode has, and in how many of them media flows.

/** For the `sessions` section of the status. */
export function sessionCounts(sessions: readonly { readonly state: string }[]): {
  readonly total: number;
  readonly active: number;
} {
  return { total: sessions.length, active: sessions.filter(({ state }) => state === "active").length };
}
