// Which way a page's media takes, and how to leave it no other: for tests of relays.
import type { Page } from "playwright";

/** Our end of the path that carries the media. */
export type RelayWay = {
  /** `relay`, `host`, … */
  readonly localType: string;
  /** How the browser speaks to the relay: `udp`, `tcp`, `tls`; "undefined" where there is none. */
  readonly relayProtocol: string;
  /** The TURN server's URL. */
  readonly url: string;
};

type Watched = { connections: RTCPeerConnection[] };

/** Lets a page make connections over relays only, through URLs that hold `kind`: what a network does that lets nothing else through. */
export function onlyRelays(page: Page, kind: string): void {
  const script = (pattern: string): void => {
    const Plain = globalThis.RTCPeerConnection;
    const watched = globalThis as unknown as Watched;
    watched.connections = [];
    globalThis.RTCPeerConnection = class extends Plain {
      constructor({ iceServers = [], ...config }: RTCConfiguration = {}) {
        const chosen = iceServers.map((server) => ({
          ...server,
          urls: [server.urls].flat().filter((url) => url.includes(pattern)),
        }));
        super({ ...config, iceServers: chosen.filter(({ urls }) => urls.length > 0), iceTransportPolicy: "relay" });
        watched.connections.push(this);
      }
    };
  };
  void page.addInitScript(script, kind);
}

/** The way of the page's last connection, once `onlyRelays` watches it; undefined while there is none. */
export async function relayWay(page: Page): Promise<RelayWay | undefined> {
  return page.evaluate(async () => {
    const { connections } = globalThis as unknown as Watched;
    const report = await connections.at(-1)?.getStats();
    const all = [...((report as unknown as Map<string, Record<string, unknown>> | undefined)?.values() ?? [])];
    const transport = all.find(({ type }) => type === "transport");
    const pair = all.find(({ id }) => id === transport?.selectedCandidatePairId);
    const local = all.find(({ id }) => id === pair?.localCandidateId);
    return local === undefined
      ? undefined
      : {
          localType: String(local.candidateType),
          relayProtocol: String(local.relayProtocol),
          url: String(local.url),
        };
  });
}

/** How many pictures the page's last connection has decoded. */
export async function framesDecoded(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { connections } = globalThis as unknown as Watched;
    const report = await connections.at(-1)?.getStats();
    const all = [...((report as unknown as Map<string, Record<string, unknown>> | undefined)?.values() ?? [])];
    return Number(all.find(({ type, kind }) => type === "inbound-rtp" && kind === "video")?.framesDecoded ?? 0);
  });
}
