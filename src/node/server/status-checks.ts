// What the readiness of a server is judged by: one line each, for people and for machines.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { TransportName } from "../webrtc/transport-library.js";
import { describeExposure, isLoopback } from "./config/exposure.js";
import type { ServerConfig } from "./config/server-config.js";
import { describeNetwork, mediaNetwork, networkFault } from "./media-network.js";
import { describeStanding, standingFault, type TurnStanding } from "./turn/turn-standing.js";

/** One thing that was looked at. `warn`: it works, less well; `fail`: nobody gets anything. */
export type StatusCheck = {
  readonly name: "source" | "recording" | "access" | "transport" | "network" | "turn" | "page" | "kernels";
  readonly result: "pass" | "warn" | "fail";
  /** A sentence; credentials are masked. */
  readonly detail: string;
};

/** What carries the media. */
export type ShownTransport = {
  readonly library: TransportName;
  /** Why it is not the better one, in a sentence; undefined when it is, or was asked for. */
  readonly instead: string | undefined;
};

/** What the checks look at. */
export type CheckedFacts = {
  readonly config: ServerConfig;
  readonly transport: ShownTransport;
  /** What the mode looked at itself. */
  readonly mode: readonly StatusCheck[];
  readonly turn: TurnStanding;
  /** Packets that the relay dropped because they were over `turn.bitrate`. */
  readonly overRate: number;
};

/** Looks at everything, now. */
export function statusChecks({ config, transport, mode, turn, overRate }: CheckedFacts): StatusCheck[] {
  return [
    ...mode,
    accessCheck(config),
    transportCheck(transport),
    networkCheck(config),
    turnCheck(turn, config.turn.bitrate, overRate),
    ...pageCheck(config),
  ];
}

function accessCheck(config: ServerConfig): StatusCheck {
  const isOpen = !isLoopback(config.http.host) && config.auth.token.isEmpty;
  return { name: "access", result: isOpen ? "warn" : "pass", detail: describeExposure(config) };
}

function transportCheck({ library, instead }: ShownTransport): StatusCheck {
  return instead === undefined
    ? { name: "transport", result: "pass", detail: `media goes by ${library}` }
    : { name: "transport", result: "warn", detail: instead };
}

/** Where media is offered, and whether viewers can get there. */
function networkCheck(config: ServerConfig): StatusCheck {
  const network = mediaNetwork(config);
  const fault = networkFault(network);
  return fault === undefined
    ? { name: "network", result: "pass", detail: `media is offered at ${describeNetwork(network)}` }
    : { name: "network", result: "warn", detail: fault };
}

/** Whether there is a relay for viewers that the media does not reach, and who gets to it. */
function turnCheck(standing: TurnStanding, bitrate: number, overRate: number): StatusCheck {
  const fault = standingFault(standing);
  if (fault !== undefined) {
    return { name: "turn", result: "warn", detail: fault };
  }
  const dropped =
    overRate === 0 ? "" : `; ${overRate} packets were dropped over turn.bitrate, ${bitrate} bit/s an allocation`;
  return { name: "turn", result: "pass", detail: `${describeStanding(standing)}${dropped}` };
}

/** The page that comes with the package is there; one of the owner's may be missing. */
function pageCheck({ webRoot }: ServerConfig): StatusCheck[] {
  if (webRoot === undefined) {
    return [];
  }
  const isThere = existsSync(join(webRoot, "index.html"));
  return [
    {
      name: "page",
      result: isThere ? "pass" : "warn",
      detail: `${basename(webRoot)} ${isThere ? "has a page" : "has no index.html, so there is no page at /"}`,
    },
  ];
}
