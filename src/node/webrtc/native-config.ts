// A connection's configuration in the words of node-datachannel, whose ICE speaks UDP to STUN and TURN servers and nothing else.
import type { RtcConfig } from "node-datachannel";
import type { TransportConfig, TransportIceServer } from "./transport-library.js";

type NativeIceServer = RtcConfig["iceServers"][number];

const DEFAULT_PORT = 3478;

/** What the library is asked for. */
export function nativeConfig({ iceServers, bindAddress, udpPort }: TransportConfig): RtcConfig {
  return {
    iceServers: nativeIceServers(iceServers),
    ...(bindAddress === undefined ? {} : { bindAddress }),
    ...(udpPort === undefined
      ? {}
      : {
          portRangeBegin: udpPort.min,
          portRangeEnd: udpPort.max,
          enableIceUdpMux: udpPort.min === udpPort.max,
        }),
  };
}

/** The servers that it can use: `stun:`, and `turn:` over UDP. Browsers get all of them. */
export function nativeIceServers(servers: readonly TransportIceServer[]): NativeIceServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.flatMap((url): NativeIceServer[] => {
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
