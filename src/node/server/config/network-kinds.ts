// The kinds of values that name addresses, ports and servers of the network.
import { isIP } from "node:net";
import * as v from "valibot";
import { Secret } from "../../../core/diagnosis/secret.js";
import { parseAddressRange } from "../../../core/net/address-range.js";
import type { IceServerConfig, IceServersInput, UdpPorts, UdpPortsInput } from "./server-config.js";
import type { ValueKind } from "./value-kinds.js";

/** An IP address. */
export function ipAddress(): ValueKind<string> {
  return {
    schema: v.pipe(
      v.string(),
      v.check((text) => isIP(text) !== 0),
    ),
    allowed: "an IP address",
    text: "string",
  };
}

/** Any number of IP addresses. */
export function ipAddressList(): ValueKind<readonly string[]> {
  return {
    schema: v.pipe(v.array(ipAddress().schema), v.readonly()),
    allowed: "a list of IP addresses",
    text: "list",
  };
}

/** Any number of address ranges (CIDR). */
export function addressRangeList(): ValueKind<readonly string[]> {
  return {
    schema: v.pipe(v.array(v.pipe(v.string(), v.check(isAddressRange))), v.maxLength(MAX_RANGES), v.readonly()),
    allowed: "a list of address ranges or addresses, such as 192.168.1.0/24, fd00::/8 or 10.0.0.7",
    text: "list",
  };
}

/** Each peer is compared with every one of them. */
const MAX_RANGES = 256;

function isAddressRange(text: string): boolean {
  try {
    parseAddressRange(text);
    return true;
  } catch {
    return false;
  }
}

/** One UDP port, or a range of them. */
export function udpPorts(): ValueKind<UdpPortsInput, UdpPorts> {
  return {
    schema: v.pipe(
      v.custom<UdpPortsInput>((given) => toUdpPorts(given) !== undefined),
      v.transform((given) => toUdpPorts(given) as UdpPorts),
    ),
    allowed: "a port from 1 to 65535, or a range such as 50000-50100",
    text: "string",
    shape: {
      anyOf: [
        { type: "integer", minimum: 1, maximum: 65_535 },
        { type: "string", pattern: "^\\d{1,5}(-\\d{1,5})?$" },
        {
          type: "object",
          properties: { min: { type: "integer" }, max: { type: "integer" } },
          required: ["min", "max"],
          additionalProperties: false,
        },
      ],
    },
  };
}

const portsObject = v.strictObject({ min: v.number(), max: v.number() });

function toUdpPorts(given: unknown): UdpPorts | undefined {
  const written = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(typeof given === "number" ? String(given) : `${given}`);
  const ports = written === null ? given : { min: Number(written[1]), max: Number(written[2] ?? written[1]) };
  if (!v.is(portsObject, ports)) {
    return undefined;
  }
  const { min, max } = ports;
  return Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max <= 65_535 && min <= max
    ? { min, max }
    : undefined;
}

/** STUN and TURN servers (RFC 7064, RFC 7065), as the W3C's RTCIceServer has them. */
export function iceServerList(): ValueKind<IceServersInput, readonly IceServerConfig[]> {
  return {
    schema: v.pipe(
      v.custom<IceServersInput>((given) => toIceServers(given) !== undefined),
      v.transform((given) => toIceServers(given) ?? []),
    ),
    allowed:
      'URLs such as stun:stun.example.org:3478 with commas between them, or a JSON list such as [{"urls":"turn:turn.example.org","username":"u","credential":"c"}]; a turn server has a username and a credential',
    text: "string",
    shape: {
      anyOf: [
        { type: "string" },
        {
          type: "array",
          maxItems: MAX_ICE_SERVERS,
          items: {
            type: "object",
            properties: {
              urls: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
              username: { type: "string" },
              credential: { type: "string" },
            },
            required: ["urls"],
            additionalProperties: false,
          },
        },
      ],
    },
  };
}

/** At most this many servers: more only slow a browser down. */
const MAX_ICE_SERVERS = 16;
const ICE_URL = /^(?:stuns?|turns?):(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/i;

const iceServer = v.strictObject({
  urls: v.union([v.string(), v.array(v.string())]),
  username: v.exactOptional(v.string()),
  credential: v.exactOptional(v.union([v.string(), v.instance(Secret)])),
});

function toIceServers(given: unknown): readonly IceServerConfig[] | undefined {
  const listed = typeof given === "string" ? fromText(given) : given;
  if (!v.is(v.array(iceServer), listed) || listed.length > MAX_ICE_SERVERS) {
    return undefined;
  }
  const servers = listed.map(({ urls, username, credential }) => ({
    urls: typeof urls === "string" ? [urls] : urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential: asSecret(credential) }),
  }));
  return servers.every(isIceServer) ? servers : undefined;
}

/** What a variable holds: JSON, or plain URLs. */
function fromText(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed.startsWith("[")) {
    try {
      return JSON.parse(trimmed);
    } catch {
      return undefined;
    }
  }
  return trimmed === "" ? [] : trimmed.split(",").map((url) => ({ urls: url.trim() }));
}

function asSecret(credential: Secret | string): Secret {
  return typeof credential === "string" ? new Secret(credential) : credential;
}

function isIceServer({ urls, username, credential }: IceServerConfig): boolean {
  const isRelay = urls.some((url) => /^turns?:/i.test(url));
  const hasCredential = username !== undefined && credential !== undefined;
  return urls.length > 0 && urls.every((url) => ICE_URL.test(url)) && (!isRelay || hasCredential);
}
