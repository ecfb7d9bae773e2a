// What the steps of a connection test say together: UDP that is blocked shows only beside TCP that is not, and one sentence sums up.
import type { CheckFault, CheckStep, CheckStepName } from "./check-step.js";
import type { ServerAccess, ServerStep } from "./ice-url.js";
import { externalAddress, mediaUnreachable, udpBlocked, udpClosed } from "./step-faults.js";

/** The servers that each step has asked. */
export type AskedServers = { readonly [step in ServerStep]: readonly ServerAccess[] };

/** "good": all that was tried works. "limited": media comes or may come, and something does not work. "bad": no media. */
export type CheckVerdict = "good" | "limited" | "bad";

/** Faults with which a server has answered: it was reached. */
const ANSWERS = new Set(["check/unauthorized", "check/quota", "check/refused", "check/relay-address"]);

/** Faults that a server shows which is not there. */
const ABSENCES = new Set(["check/no-answer", "check/silent", "check/no-connection", "check/no-tls"]);

/** How media goes that takes `path`: the browser's words, `host udp`, `relay tcp`. */
export function describePath(path: string): string {
  const [type, transport = "udp"] = path.split(" ");
  return type === "relay" ? `through TURN by ${transport.toUpperCase()}` : `directly by ${transport.toUpperCase()}`;
}

/**
 * The steps again, where a server that does not answer by UDP answers by TCP: then it is there, and UDP is not. `path` is
 * the way that media has taken; "" for none.
 */
export function withBlockedUdp(steps: readonly CheckStep[], servers: AskedServers, path: string): readonly CheckStep[] {
  const hostsByTcp = new Set(
    (["turn-tcp", "turns"] as const)
      .flatMap((name) => (answered(steps, name) ? servers[name] : []))
      .map(({ host }) => host),
  );
  const isUdpAlive =
    answered(steps, "stun") || answered(steps, "turn-udp") || (path !== "" && !/^relay (tcp|tls)$/.test(path));
  return steps.map((step): CheckStep => {
    const isUdpStep = step.name === "stun" || step.name === "turn-udp";
    if (!isUdpStep || step.state !== "failed" || step.fault.code !== "check/no-answer") {
      return step;
    }
    const server = servers[step.name as ServerStep].find(({ host }) => hostsByTcp.has(host));
    return server === undefined ? step : { ...step, fault: isUdpAlive ? udpClosed(server) : udpBlocked(server) };
  });
}

/**
 * The steps again, where a server tells an address for its STUN and TURN at which nothing answers, although it answers at
 * `reachedAt`, the host of its signalling. `servers` must be what the server itself offers.
 */
export function withWrongAddress(
  steps: readonly CheckStep[],
  servers: AskedServers,
  reachedAt: string,
): readonly CheckStep[] {
  if (!answered(steps, "signalling")) {
    return steps;
  }
  const absent = (host: string): boolean =>
    steps.every(
      (step) =>
        !serversOf(servers, step.name).some((server) => server.host === host) ||
        (step.state === "failed" && ABSENCES.has(step.fault.code)),
    );
  return steps.map((step): CheckStep => {
    const server = serversOf(servers, step.name).find(
      ({ host }) => isAddress(host) && host !== reachedAt && absent(host),
    );
    return server !== undefined && step.state === "failed"
      ? { ...step, fault: externalAddress(server, reachedAt) }
      : step;
  });
}

/** The steps again, where a relay leads where it says and the call found no path all the same: then the server is out of its reach. */
export function withUnreachableMedia(steps: readonly CheckStep[]): readonly CheckStep[] {
  const hasRelay = steps.some(
    ({ name, state }) => (name === "turn-udp" || name === "turn-tcp" || name === "turns") && state === "passed",
  );
  return steps.map((step): CheckStep => {
    const isPathless = step.name === "media" && step.state === "failed" && step.fault.code === "call/no-path";
    return hasRelay && isPathless ? { ...step, fault: mediaUnreachable(step.fault.message) } : step;
  });
}

/** The whole in a word and a sentence or two. What to do about it stands at the steps. */
export function sumUp(
  steps: readonly CheckStep[],
  path: string,
): { readonly verdict: CheckVerdict; readonly summary: string } {
  const media = steps.find(({ name }) => name === "media");
  const failed = steps.flatMap((step) => (step.state === "failed" ? [step] : []));
  if (media?.state === "failed") {
    return { verdict: "bad", summary: `No media comes. ${sentence(media.fault)}` };
  }
  if (media?.state === "passed") {
    const comes = `Media comes ${describePath(path)}.`;
    const titles = failed.map(({ title }) => title).join(", ");
    return failed.length === 0
      ? { verdict: "good", summary: `Everything works. ${comes}` }
      : { verdict: "limited", summary: `${comes} What does not work: ${titles}.` };
  }
  const [first] = failed;
  if (first !== undefined) {
    return { verdict: "bad", summary: sentence(first.fault) };
  }
  const why = media?.state === "skipped" ? `: ${media.detail}` : "";
  return { verdict: "limited", summary: `What was tried works. Media was not tried${why}.` };
}

function serversOf(servers: AskedServers, name: CheckStepName): readonly ServerAccess[] {
  return name === "stun" || name === "turn-udp" || name === "turn-tcp" || name === "turns" ? servers[name] : [];
}

/** An IP address rather than a name. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

/** Whether a server of this step was reached. */
function answered(steps: readonly CheckStep[], name: CheckStepName): boolean {
  const step = steps.find((each) => each.name === name);
  return step?.state === "passed" || (step?.state === "failed" && ANSWERS.has(step.fault.code));
}

function sentence({ message }: CheckFault): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`;
}
