// What a gathering says about a step: the browser's addresses and errors in, the step's outcome out.
import type { CheckFault, CheckOutcome } from "./check-step.js";
import { addressAndPort, type Gathering, isHidden } from "./gathering.js";
import { hostAndPort, parseIceUrl, type ServerAccess } from "./ice-url.js";
import {
  noAnswer,
  noConnection,
  noHostCandidates,
  noTls,
  refused,
  relayAddress,
  silentConnection,
  unknownName,
} from "./step-faults.js";

/** Chromium's code for a server that it did not reach; the text tells a name that is none. */
const NOT_REACHED = 701;
const LOOKUP = /lookup|resol/i;

/** Whether the device has addresses to offer. */
export function hostOutcome({ candidates }: Gathering): CheckOutcome {
  const hosts = candidates.filter(({ type }) => type === "host");
  if (hosts.length === 0) {
    return failed(noHostCandidates());
  }
  const open = [...new Set(hosts.filter((host) => !isHidden(host)).map(({ address }) => address))];
  const hidden = hosts.length - hosts.filter((host) => !isHidden(host)).length;
  const parts = [
    ...open,
    ...(hidden === 0 ? [] : [`${count(hidden, "address", "addresses")} that the browser hides (mDNS)`]),
  ];
  return { state: "passed", detail: parts.join(", ") };
}

/** Whether a STUN server told an address. `servers` are those that were asked, at least one. */
export function stunOutcome(servers: readonly ServerAccess[], gathering: Gathering): CheckOutcome {
  const found = gathering.candidates.find(({ type }) => type === "srflx");
  if (found !== undefined) {
    return { state: "passed", detail: `seen from outside as ${addressAndPort(found)}` };
  }
  const isDone = gathering.isComplete && gathering.errors.length === 0;
  // A browser leaves out an address that it has offered already: without a NAT both are the same.
  if (isDone && gathering.candidates.some((host) => host.type === "host" && !isHidden(host))) {
    return { state: "passed", detail: "seen from outside by the device's own address: no NAT is on the way" };
  }
  return failed(serverFault(servers, gathering));
}

/** How the way through a relay went: the gathering, and whether anything arrived at the address that it gave. */
export type RelayTrial = {
  readonly gathering: Gathering;
  /** "arrived", "lost"; "untried" when there was no relay. */
  readonly probe: "arrived" | "lost" | "untried";
};

/** Whether a TURN server gave a relay that leads somewhere. `servers` are those that were asked, at least one. */
export function relayOutcome(servers: readonly ServerAccess[], { gathering, probe }: RelayTrial): CheckOutcome {
  const relay = gathering.candidates.find(({ type }) => type === "relay");
  if (relay === undefined) {
    return failed(serverFault(servers, gathering));
  }
  return probe === "arrived"
    ? { state: "passed", detail: `relays at ${addressAndPort(relay)}` }
    : failed(relayAddress(relay.address));
}

/** Why no server of a step has answered: what the servers said comes before what was not heard. */
function serverFault(servers: readonly ServerAccess[], { errors, isComplete }: Gathering): CheckFault {
  const told = errors
    .map((error) => ({ error, server: servers.find((server) => isSame(server, error.url)) }))
    .filter((each): each is { error: (typeof errors)[number]; server: ServerAccess } => each.server !== undefined);
  const answer = told.find(({ error }) => error.code !== NOT_REACHED);
  if (answer !== undefined) {
    return refused(answer.server, answer.error.code, answer.error.text);
  }
  const unnamed = told.find(({ error }) => LOOKUP.test(error.text));
  if (unnamed !== undefined) {
    return unknownName(unnamed.server);
  }
  const [first] = servers;
  // A browser that is done has given up; one that is not still waits.
  const failing = told[0]?.server ?? (isComplete ? first : undefined);
  switch (first.step) {
    case "stun":
    case "turn-udp":
      return noAnswer(failing ?? first);
    case "turn-tcp":
      return failing === undefined ? silentConnection(first) : noConnection(failing);
    case "turns":
      return failing === undefined ? silentConnection(first) : noTls(failing);
    default:
      return first.step satisfies never;
  }
}

/** Browsers write URLs in their own way: `stun:[::1]:3478`, a default port left out. */
function isSame(server: ServerAccess, url: string): boolean {
  const told = parseIceUrl(url);
  return url === server.url || (told !== undefined && hostAndPort(told) === hostAndPort(server));
}

function failed(fault: CheckFault): CheckOutcome {
  return { state: "failed", fault };
}

function count(many: number, one: string, more: string): string {
  return many === 1 ? `1 ${one}` : `${many} ${more}`;
}
