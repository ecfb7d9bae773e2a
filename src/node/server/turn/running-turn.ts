// A STUN and TURN server as the configuration wants it: alone under `floe turn`, or beside a page.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Entropy } from "../../../core/crypto/entropy.js";
import type { Logger } from "../../../core/diagnosis/logger.js";
import { FloeError } from "../../../core/error/floe-error.js";
import type { Clock } from "../../../core/time/clock.js";
import { seconds } from "../../../core/time/units.js";
import type { TurnLimits } from "../../../core/turn/server/server-limits.js";
import { TurnServer } from "../../turn/turn-server.js";
import type { TurnReport } from "../../turn/turn-server-options.js";
import type { ServerConfig } from "../config/server-config.js";
import type { ServerEvent } from "../server-event.js";
import { openRanges } from "./open-ranges.js";
import type { OwnMedia } from "./own-media.js";
import { TurnAccess } from "./turn-access.js";
import { readTurnCertificate } from "./turn-certificate.js";
import { turnEvent } from "./turn-event.js";
import type { TurnFacts } from "./turn-facts.js";
import { type TurnDoor, turnUrls } from "./turn-urls.js";

/** What it is made of. */
export type RunningTurnOptions = {
  readonly config: Pick<ServerConfig, "turn" | "webrtc">;
  /** Where it listens unless `turn.host` says so. */
  readonly pageHost: string;
  /** This process's own media, which clients may reach all the same. */
  readonly ownMedia?: OwnMedia;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
};

/** A server that runs, and what people are told of it. */
export class RunningTurn {
  readonly #server: TurnServer;
  readonly #access: TurnAccess;
  readonly #door: TurnDoor;
  readonly #turn: ServerConfig["turn"];

  private constructor(server: TurnServer, access: TurnAccess, door: TurnDoor, turn: ServerConfig["turn"]) {
    this.#server = server;
    this.#access = access;
    this.#door = door;
    this.#turn = turn;
  }

  /** Rejects with what TurnServer.start rejects with, and `turn/bad-certificate`, `turn/host`. */
  static async start({ config, pageHost, ownMedia, clock, entropy, logger }: RunningTurnOptions): Promise<RunningTurn> {
    const { turn, webrtc } = config;
    const host = await addressOf(turn.host ?? pageHost);
    const externalIp = turn.externalIp ?? webrtc.externalIp.find((ip) => host === "::" || isIP(ip) === isIP(host));
    const certificate = await readTurnCertificate(turn.tls);
    const access = new TurnAccess(turn, { clock, entropy });
    const server = await TurnServer.start({
      credentials: access.credentials,
      host,
      port: turn.port,
      ...(certificate === undefined
        ? {}
        : { tls: { cert: certificate.cert, key: certificate.key, port: turn.tls.port } }),
      ...(externalIp === undefined ? {} : { externalIp }),
      realm: turn.realm,
      portRange: turn.portRange,
      limits: limitsOf(turn),
      allowPeers: openRanges(turn),
      tcpRelay: turn.tcpRelay,
      ...(ownMedia === undefined
        ? {}
        : {
            ownPorts: (port) => ownMedia.hasPort(port),
            icePasswordOf: (ufrag) => ownMedia.icePasswordOf(ufrag),
          }),
      sockets: turn.sockets,
      logger,
      clock,
      entropy,
    });
    const { port, tlsPort } = server;
    const door = {
      host,
      isPageHost: turn.host === undefined,
      port,
      tlsPort,
      externalIp,
      certificate: certificate?.names,
    };
    return new RunningTurn(server, access, door, turn);
  }

  /** Calls `listener` with `turn-allocated` and `turn-released`, until it is closed. */
  listen(listener: (event: ServerEvent) => void): void {
    this.#server.events.on((happening) => {
      const event = turnEvent(happening);
      if (event !== undefined) {
        listener(event);
      }
    });
  }

  /** Where and how it runs. */
  get facts(): TurnFacts {
    const { host, port, tlsPort, externalIp } = this.#door;
    const { relayAddresses, sockets: datagrams } = this.#server;
    const { realm, portRange, tcpRelay } = this.#turn;
    const open = openRanges(this.#turn);
    return { host, port, tlsPort, externalIp, relayAddresses, portRange, openRanges: open, realm, tcpRelay, datagrams };
  }

  /** Counts and states. */
  report(): TurnReport {
    return this.#server.report();
  }

  /** What a browser that reached the page by this `Host` gets: credentials of its own. Empty when it cannot reach the relay. */
  iceServers(requestHost: string | undefined): object[] {
    const { stun, turn } = turnUrls(this.#door, requestHost);
    if (turn.length === 0) {
      return [];
    }
    const { username, credential } = this.#access.issue();
    return [{ urls: stun }, { urls: turn, username, credential }];
  }

  /** Ends every allocation and closes the sockets. */
  close(): Promise<void> {
    return this.#server.close();
  }
}

function limitsOf(turn: ServerConfig["turn"]): Partial<TurnLimits> {
  return {
    lifetimeUs: seconds(turn.lifetimeSeconds),
    maxLifetimeUs: seconds(turn.maxLifetimeSeconds),
    allocationsPerUser: turn.allocationsPerUser,
    allocationsPerAddress: turn.allocationsPerAddress,
    allocations: turn.allocations,
    bitrateBps: turn.bitrate,
  };
}

/** A host's own address: sockets of a relay are bound to addresses. */
async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) {
    return host;
  }
  try {
    return (await lookup(host, { order: "ipv4first" })).address;
  } catch (cause) {
    throw new FloeError("turn/host", `${host} has no address`, {
      fix: "Give an address of this machine as turn.host.",
      cause,
    });
  }
}
