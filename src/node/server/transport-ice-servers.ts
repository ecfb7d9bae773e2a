// STUN and TURN servers in the words of node-datachannel, whose ICE speaks UDP to them and nothing else.
import type { RtcConfig } from "node-datachannel";
import type { IceServerConfig } from "./config/server-config.js";

type TransportIceServer = RtcConfig["iceServers"][number];

const DEFAULT_PORT = 3478;

/** The servers that the transport can use: `stun:`, and `turn:` over UDP. Browsers get all of them. */
export function transportIceServers(servers: readonly IceServerConfig[]): TransportIceServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.flatMap((url): TransportIceServer[] => {
      const parts = /^(stun|turn):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(url);
      if (parts === null || parts[4]?.toLowerCase() === "tcp") {
        return [];
      }
      const port = Number(parts[3] ?? DEFAULT_PORT);
      if (parts[1].toLowerCase() === "stun") {
        return [`stun:${parts[2]}:${port}`];
      }
      const hostname = parts[2].replace(/^\[|\]$/g, "");
      const password = credential?.reveal();
      return username === undefined || password === undefined
        ? []
        : [{ hostname, port, username, password, relayType: "TurnUdp" }];
    }),
  );
}
