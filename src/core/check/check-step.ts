// The steps of a connection test, in the order that people read them, and what each may come to.

/** A step: the server's WebSocket, this device, the server as STUN, as TURN by three ways, and a real call. */
export type CheckStepName = "signalling" | "host" | "stun" | "turn-udp" | "turn-tcp" | "turns" | "media";

/** What is wrong, in a form for programs and in words for people. */
export type CheckFault = {
  /** Stable: `check/udp-blocked`, `check/unauthorized`, `symple/unreachable`, `call/no-path` … */
  readonly code: string;
  /** What happened; a sentence without its full stop. */
  readonly message: string;
  /** What to do about it; a sentence, or "". */
  readonly fix: string;
};

/** How a step ended. */
export type CheckOutcome =
  /** `detail`: what was found. */
  | { readonly state: "passed"; readonly detail: string }
  | { readonly state: "failed"; readonly fault: CheckFault }
  /** `detail`: why it was not tried. */
  | { readonly state: "skipped"; readonly detail: string };

/** Where a step stands. `ms` is how long it took, in milliseconds. */
export type CheckStep = { readonly name: CheckStepName; readonly title: string } & (
  | { readonly state: "waiting" | "running" }
  | { readonly state: "passed"; readonly detail: string; readonly ms: number }
  | { readonly state: "failed"; readonly fault: CheckFault; readonly ms: number }
  | { readonly state: "skipped"; readonly detail: string }
);

const TITLES: { readonly [name in CheckStepName]: string } = {
  signalling: "Signalling (WebSocket)",
  host: "Address of this device",
  stun: "STUN",
  "turn-udp": "TURN by UDP",
  "turn-tcp": "TURN by TCP",
  turns: "TURN by TLS",
  media: "Media",
};

/** All steps, in order. */
export const CHECK_STEPS: readonly CheckStepName[] = Object.keys(TITLES) as CheckStepName[];

/** A step as people call it. */
export function titleOf(name: CheckStepName): string {
  return TITLES[name];
}
