// A server whose media lies in a network that viewers have no route into, and a viewer in a network of its own: namespaces of the
// kernel with one wire between them. The real command, the product's page, Chromium.
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { chromiumArgs, requireChromium } from "../setup/chromium.mjs";
import { FloeProcess } from "../setup/floe-process.js";
import { Network } from "../setup/network-namespaces.js";
import { play } from "./page-fixture.js";

/** Where viewers reach the server, where its media is bound, and where nobody is. Addresses of documentation and private ones. */
const [DOOR, VIEWER, GATEWAY] = ["203.0.113.1", "203.0.113.2", "203.0.113.254"];
const [MEDIA, BESIDE_MEDIA, NOBODY] = ["10.9.0.1", "10.9.0.2", "198.51.100.77"];

let network: Network;
let browser: Browser;
let server: FloeProcess | undefined;
let page: Page;
beforeAll(async () => {
  network = await Network.create(["server", "viewer"]);
  await network.wire({ namespace: "server", address: `${DOOR}/24` }, { namespace: "viewer", address: `${VIEWER}/24` });
  await network.wire(
    { namespace: "server", address: `${MEDIA}/24` },
    { namespace: "server", address: `${BESIDE_MEDIA}/24` },
  );
  // Nobody is there: as in the internet, what goes to private addresses is lost.
  await network.defaultRoute("viewer", GATEWAY);
  browser = await chromium.launch({
    executablePath: network.launcher("viewer", requireChromium()),
    args: [...chromiumArgs, "--autoplay-policy=no-user-gesture-required"],
  });
});
afterEach(async () => {
  await page?.close();
  await server?.close();
});
afterAll(async () => {
  await browser?.close();
  await network?.[Symbol.asyncDispose]();
});

async function open(env: Readonly<Record<string, string>> = {}): Promise<void> {
  server = await FloeProcess.start(["serve", "--host", "0.0.0.0", "--port", "4500", "--insecure"], {
    env: { FLOE_WEBRTC_BIND_ADDRESS: MEDIA, ...env },
    command: (program, args) => network.command("server", program, args),
  });
  page = await browser.newPage();
  await page.goto(`http://${DOOR}:4500/`);
}

/** Presses "Test connection"; gives the summary and the words of each step that failed. */
async function testConnection(): Promise<{ readonly summary: string; readonly faults: Record<string, string> }> {
  await page.getByTestId("check-start").click();
  await page.locator("[data-testid=check][data-state=done]").waitFor({ timeout: 90_000 });
  const faults: Record<string, string> = {};
  for (const step of await page.locator("[data-testid=check] li[data-state=failed]").all()) {
    faults[(await step.getAttribute("data-testid")) ?? ""] = await step.innerText();
  }
  return { summary: await page.getByTestId("check-words").innerText(), faults };
}

test("the call works through the relay beside the page, and the connection test says so", async () => {
  await open();
  await play(page);
  const { summary, faults } = await testConnection();
  expect([summary, faults]).toEqual(["Everything works. Media comes through TURN by UDP.", {}]);
});

test("without the relay there is no way to the media", async () => {
  await open({ FLOE_TURN: "false" });
  await page.getByTestId("watch").click();
  await page.locator("[data-testid=state][data-state=failed]").waitFor({ timeout: 60_000 });
});

test("a wrong external address is named by the connection test, with what to set", async () => {
  await open({ FLOE_TURN_EXTERNAL_IP: NOBODY });
  const { summary, faults } = await testConnection();
  expect(Object.keys(faults)).toEqual(["check-stun", "check-turn-udp", "check-turn-tcp", "check-media"]);
  for (const step of ["check-stun", "check-turn-udp", "check-turn-tcp"]) {
    expect(faults[step]).toContain(`The server advertises ${NOBODY}, which does not lead to it`);
    expect(faults[step]).toContain(`while ${DOOR} answers`);
    expect(faults[step]).toContain("Set turn.externalIp");
  }
  expect(summary).toMatch(/^No media comes/);
});
