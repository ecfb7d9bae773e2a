// Which ranges the configuration opens to the relay although they are refused by default.
import type { ServerConfig } from "../config/server-config.js";

/** What `turn.allowLocalRelay` stands for. */
const LOCAL_RANGES: readonly string[] = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
];

/** `turn.allowPeers`, with those of `turn.allowLocalRelay`. */
export function openRanges({ allowPeers, allowLocalRelay }: ServerConfig["turn"]): readonly string[] {
  return allowLocalRelay ? [...new Set([...allowPeers, ...LOCAL_RANGES])] : allowPeers;
}
