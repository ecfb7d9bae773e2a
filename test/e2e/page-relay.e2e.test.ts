// The product's page where nothing but a relay works: it takes the server's own, out of /api/config, and shows the picture.
import type { Page } from "playwright";
import { expect, test } from "vitest";
import type { FloeServer } from "../../src/node/server/floe-server.js";
import { play } from "./page-fixture.js";
import { eventually, statusOf, viewerFixture } from "./viewer-fixture.js";

const fixture = viewerFixture();

type Relayed = { readonly localType: string; readonly relayProtocol: string; readonly url: string };
type Watched = { connections: RTCPeerConnection[] };

type TurnStatus = {
  readonly allocations: number;
  readonly bytesToClients: number;
  readonly openRanges: readonly string[];
};

function turnOf(server: FloeServer): TurnStatus {
  return server.status().turn as TurnStatus;
}

/** Lets a page make connections over relays only, of one kind: what a network does that lets nothing else through. */
function onlyRelays(page: Page, kind: string): void {
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

/** The way that the media of the page's last connection takes. */
async function way(page: Page): Promise<Relayed | undefined> {
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

test.each(["udp", "tcp"] as const)("the page watches over turn:?transport=%s of its server", async (transport) => {
  const server = await fixture.start({}, { page: "product" });
  const page = await fixture.open(server, (opened) => onlyRelays(opened, `transport=${transport}`));
  await play(page);
  expect(await way(page)).toMatchObject({ localType: "relay", relayProtocol: transport });
  const turn = turnOf(server);
  expect(turn.openRanges).toEqual([]);
  expect(turn.allocations).toBeGreaterThan(0);
  expect(turn.bytesToClients).toBeGreaterThan(10_000);
  await page.getByTestId("hangup").click();
  // Leaving a page gives its relay back at once: Chromium refreshes it to zero.
  await eventually(
    async () => turnOf(server).allocations,
    (allocations) => allocations === 0,
  );
  expect((await statusOf(server)).sessions.total).toBe(0);
});

test("with a token the page gets the relay by it, each call by credentials of its own", async () => {
  const server = await fixture.start({ auth: { token: "s3cret" } }, { page: "product" });
  const users: unknown[] = [];
  server.events.on(({ event, user }) => void (event === "turn-allocated" && users.push(user)));
  const page = await fixture.open(server, (opened) => onlyRelays(opened, "transport=udp"));
  await page.getByTestId("token").fill("s3cret");
  await page.getByTestId("token-submit").click();
  for (let i = 0; i < 2; i++) {
    await play(page);
    await page.getByTestId("hangup").click();
  }
  expect(new Set(users).size).toBe(2);
});
