// What our relay knows of our own media: the UDP ports that it uses, which are the only ones of this machine that clients of the
// relay may reach, and the ICE passwords of its connections. So a viewer who is relayed by this machine sees what this machine
// plays, and nothing else that runs on it.
import type { IceCandidate } from "../../../core/webrtc/ice-candidate.js";
import type { PeerTransport } from "../../../core/webrtc/peer-transport.js";
import type { UdpPorts } from "../config/server-config.js";

/** A connection gathers a candidate an address; beyond this many it is not our machine's port any more. */
const MAX_PORTS_PER_TRANSPORT = 64;

/** A connection of ours. */
export type FollowedTransport = Pick<PeerTransport, "candidateGathered" | "stateChanged" | "iceCredentials">;

/** Our live connections, as the relay has to know them. */
export class OwnMedia {
  readonly #fixedPorts: UdpPorts | undefined;
  readonly #transports = new Set<FollowedTransport>();
  /** How many of them use a port: with one shared port all do. */
  readonly #portUsers = new Map<number, number>();

  /** `fixedPorts` are kept for media by the configuration. */
  constructor(fixedPorts: UdpPorts | undefined) {
    this.#fixedPorts = fixedPorts;
  }

  /** How many ports live transports use. */
  get ports(): number {
    return this.#portUsers.size;
  }

  /** Whether a UDP port is media's. Port 0 stands for any of them: whether there is one. */
  hasPort(port: number): boolean {
    if (port === 0) {
      return this.#fixedPorts !== undefined || this.#portUsers.size > 0;
    }
    const isFixed = this.#fixedPorts !== undefined && port >= this.#fixedPorts.min && port <= this.#fixedPorts.max;
    return isFixed || this.#portUsers.has(port);
  }

  /** The ICE password of a live transport by its ufrag. */
  icePasswordOf(ufrag: string): string | undefined {
    for (const { iceCredentials } of this.#transports) {
      if (iceCredentials?.ufrag === ufrag) {
        return iceCredentials.password;
      }
    }
    return undefined;
  }

  /** Knows a transport until it is closed. Call it before it gathers. */
  follow(transport: FollowedTransport): void {
    const ports = new Set<number>();
    this.#transports.add(transport);
    transport.candidateGathered.on((candidate) => {
      const port = hostPort(candidate);
      if (port !== undefined && !ports.has(port) && ports.size < MAX_PORTS_PER_TRANSPORT) {
        ports.add(port);
        this.#portUsers.set(port, (this.#portUsers.get(port) ?? 0) + 1);
      }
    });
    transport.stateChanged.on((state) => {
      if (state === "closed") {
        this.#transports.delete(transport);
        for (const port of ports) {
          this.#release(port);
        }
        ports.clear();
      }
    });
  }

  #release(port: number): void {
    const users = (this.#portUsers.get(port) ?? 1) - 1;
    if (users > 0) {
      this.#portUsers.set(port, users);
    } else {
      this.#portUsers.delete(port);
    }
  }
}

/** The local port of a host candidate over UDP (RFC 8839 5.1); every other candidate has one of these as its base. */
function hostPort({ candidate }: IceCandidate): number | undefined {
  const [, , transport, , , port, typ, type] = candidate.split(" ");
  const isHost = transport?.toLowerCase() === "udp" && typ === "typ" && type === "host";
  return isHost && /^\d{1,5}$/.test(port) ? Number(port) : undefined;
}
