// The product's page where nothing but a relay works: it takes the server's own, out of /api/config, and shows the picture.
import { expect, test } from "vitest";
import type { FloeServer } from "../../src/node/server/floe-server.js";
import { play } from "./page-fixture.js";
import { onlyRelays, relayWay } from "./relay-way.js";
import { eventually, statusOf, viewerFixture } from "./viewer-fixture.js";

const fixture = viewerFixture();

type TurnStatus = {
  readonly allocations: number;
  readonly bytesToClients: number;
  readonly openRanges: readonly string[];
};

function turnOf(server: FloeServer): TurnStatus {
  return server.status().turn as TurnStatus;
}

test.each(["udp", "tcp"] as const)("the page watches over turn:?transport=%s of its server", async (transport) => {
  const server = await fixture.start({}, { page: "product" });
  const page = await fixture.open(server, (opened) => onlyRelays(opened, `transport=${transport}`));
  await play(page);
  expect(await relayWay(page)).toMatchObject({ localType: "relay", relayProtocol: transport });
  const turn = turnOf(server);
  expect(turn.openRanges).toEqual([]);
  expect(turn.allocations).toBeGreaterThan(0);
  expect(turn.bytesToClients).toBeGreaterThan(10_000);
  const network = page.getByTestId("network");
  await eventually(
    () => network.innerText(),
    (text) => /Relay/.test(text) && /1 allocation now, [\d.]+ MB relayed, 0 refused/.test(text),
  );
  expect(await network.innerText()).toMatch(/Media is offered at 127\.0\.0\.1, any UDP port\./);
  expect(await network.innerText()).toMatch(
    /127\.0\.0\.1:\d+ \(UDP, TCP\); relays from 127\.0\.0\.1, ports \d+ to \d+, to the media of this/,
  );
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
