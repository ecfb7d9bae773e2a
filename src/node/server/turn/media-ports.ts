// The UDP ports that our own media uses: the only ones of this machine that clients of our relay may reach, so that a
// viewer who is relayed by this machine sees what this machine plays, and nothing else that runs on it.
import type { IceCandidate } from "../../../core/webrtc/ice-candidate.js";
import type { PeerTransport } from "../../../core/webrtc/peer-transport.js";
import type { UdpPorts } from "../config/server-config.js";

/** A connection gathers a candidate an address; beyond this many it is not our machine's port any more. */
const MAX_PORTS_PER_TRANSPORT = 64;

/** Which ports are media's, now. */
export class MediaPorts {
  readonly #fixed: UdpPorts | undefined;
  /** How many live transports use a port: with one shared port all of them do. */
  readonly #users = new Map<number, number>();

  /** `fixed` are ports that are kept for media by the configuration. */
  constructor(fixed: UdpPorts | undefined) {
    this.#fixed = fixed;
  }

  /** How many ports live transports use. */
  get size(): number {
    return this.#users.size;
  }

  /** Whether a UDP port is media's. Port 0 stands for any of them: whether there is one. */
  has(port: number): boolean {
    if (port === 0) {
      return this.#fixed !== undefined || this.#users.size > 0;
    }
    const isFixed = this.#fixed !== undefined && port >= this.#fixed.min && port <= this.#fixed.max;
    return isFixed || this.#users.has(port);
  }

  /** Knows the ports of a transport from its candidates, until it is closed. Call it before it gathers. */
  follow({ candidateGathered, stateChanged }: Pick<PeerTransport, "candidateGathered" | "stateChanged">): void {
    const ports = new Set<number>();
    candidateGathered.on((candidate) => {
      const port = hostPort(candidate);
      if (port !== undefined && !ports.has(port) && ports.size < MAX_PORTS_PER_TRANSPORT) {
        ports.add(port);
        this.#users.set(port, (this.#users.get(port) ?? 0) + 1);
      }
    });
    stateChanged.on((state) => {
      if (state === "closed") {
        for (const port of ports) {
          this.#release(port);
        }
        ports.clear();
      }
    });
  }

  #release(port: number): void {
    const users = (this.#users.get(port) ?? 1) - 1;
    if (users > 0) {
      this.#users.set(port, users);
    } else {
      this.#users.delete(port);
    }
  }
}

/** The local port of a host candidate over UDP (RFC 8839 5.1); every other candidate has one of these as its base. */
function hostPort({ candidate }: IceCandidate): number | undefined {
  const [, , transport, , , port, typ, type] = candidate.split(" ");
  const isHost = transport?.toLowerCase() === "udp" && typ === "typ" && type === "host";
  return isHost && /^\d{1,5}$/.test(port) ? Number(port) : undefined;
}
