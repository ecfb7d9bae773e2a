// "Test connection" on the product's page, with a TURN server of ours as good and as bad as the network may have one.
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Secret } from "../../src/core/diagnosis/secret.js";
import { StaticCredentials } from "../../src/core/turn/server/credentials.js";
import { NodeEntropy } from "../../src/node/crypto/node-entropy.js";
import type { PartialServerConfig } from "../../src/node/server/config/server-config.js";
import type { FloeServer } from "../../src/node/server/floe-server.js";
import { TurnServer } from "../../src/node/turn/turn-server.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../setup/test-certificate.js";
import { launchChromium } from "../setup/viewer-page.js";
import { viewerFixture } from "./viewer-fixture.js";

const fixture = viewerFixture();
const STEPS = ["signalling", "host", "stun", "turn-udp", "turn-tcp", "turns", "media"] as const;
/** On loopback, and leads to nobody: what is sent there does not leave this machine. */
const WRONG_ADDRESS = "127.0.0.77";

const turns: TurnServer[] = [];
const browsers: Browser[] = [];
let certificate: { readonly cert: string; readonly key: string };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "floe-certificate-"));
  certificate = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  writeFileSync(certificate.cert, TEST_CERTIFICATE);
  writeFileSync(certificate.key, TEST_KEY, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await Promise.all(browsers.splice(0).map((browser) => browser.close()));
  await Promise.all(turns.splice(0).map((turn) => turn.close()));
});

async function startTurn(options: { readonly externalIp?: string } = {}): Promise<TurnServer> {
  const credentials = new StaticCredentials(new Map([["alice", new Secret("wonder")]]), {
    realm: "floe",
    entropy: new NodeEntropy(),
  });
  const tls = { cert: TEST_CERTIFICATE, key: new Secret(TEST_KEY), port: 0 };
  const turn = await TurnServer.start({
    credentials,
    host: "127.0.0.1",
    port: 0,
    tls,
    ownPorts: () => true,
    ...options,
  });
  turns.push(turn);
  return turn;
}

/** A server with a relay of its own, TLS included. */
function startWithRelay(turn: NonNullable<PartialServerConfig["turn"]> = {}): Promise<FloeServer> {
  return fixture.start({ turn: { ...turn, tls: { ...certificate, port: 0 } } }, { page: "product" });
}

/** A server without one, whose viewers are told of this TURN server. */
function startFloe({ port, tlsPort }: TurnServer, credential = "wonder"): Promise<FloeServer> {
  const at = "127.0.0.1";
  const urls = [
    ...[`stun:${at}:${port}`, `turn:${at}:${port}?transport=udp`, `turn:${at}:${port}?transport=tcp`],
    `turns:${at}:${tlsPort}?transport=tcp`,
  ];
  return fixture.start(
    { turn: { enabled: false }, webrtc: { iceServers: [{ urls, username: "alice", credential: credential }] } },
    { page: "product" },
  );
}

/** A browser that takes the tests' certificate for one that it trusts. */
async function openPage(server: FloeServer, flags: readonly string[] = []): Promise<Page> {
  const key = new X509Certificate(TEST_CERTIFICATE).publicKey.export({ type: "spki", format: "der" });
  const trust = `--ignore-certificate-errors-spki-list=${createHash("sha256").update(key).digest("base64")}`;
  const browser = await launchChromium([trust, ...flags]);
  browsers.push(browser);
  const page = await browser.newPage();
  await page.goto(server.url);
  return page;
}

/** Presses the button and waits for the end. */
async function runTest(
  page: Page,
): Promise<{ verdict: string | null; summary: string; steps: Record<string, string>; words: string }> {
  await page.getByTestId("check-start").click();
  await page.locator("[data-testid=check][data-state=done]").waitFor({ timeout: 90_000 });
  const steps: Record<string, string> = {};
  for (const name of STEPS) {
    steps[name] = (await page.getByTestId(`check-${name}`).getAttribute("data-state")) ?? "";
  }
  const line = page.getByTestId("check-words");
  return {
    verdict: await line.getAttribute("data-verdict"),
    summary: await line.innerText(),
    steps,
    words: await page.getByTestId("check").innerText(),
  };
}

const stepWords = (page: Page, name: (typeof STEPS)[number]): Promise<string> =>
  page.getByTestId(`check-${name}`).innerText();
const ALL_PASSED = Object.fromEntries(STEPS.map((name) => [name, "passed"]));

test("where everything works, every step passes with its time, and the report can be copied", async () => {
  const page = await openPage(await startWithRelay());
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const { verdict, summary, steps } = await runTest(page);
  expect(steps).toEqual(ALL_PASSED);
  expect([verdict, summary]).toEqual(["good", "Everything works. Media comes directly by UDP."]);
  for (const name of STEPS) {
    expect(await stepWords(page, name)).toMatch(/\b\d+ ms\b/);
  }
  expect(await stepWords(page, "turns")).toMatch(/Relays at 127\.0\.0\.1:\d+\./);
  await page.getByTestId("check-copy").click();
  await page.getByTestId("check-notice").getByText("Copied.", { exact: true }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^Everything works\./);
  const report: unknown = JSON.parse(copied.slice(copied.indexOf("{")));
  expect(report).toMatchObject({ verdict: "good", steps: STEPS.map((name) => ({ name, state: "passed" })) });
  // The relay's users are called "expiry:page-…".
  expect(copied).not.toMatch(/credential|page-/);
});

test("a wrong password is named at each TURN step, and media comes all the same", async () => {
  const turn = await startTurn();
  const page = await openPage(await startFloe(turn, "blunder"));
  const { verdict, steps, summary } = await runTest(page);
  expect(steps).toEqual({ ...ALL_PASSED, "turn-udp": "failed", "turn-tcp": "failed", turns: "failed" });
  expect(verdict).toBe("limited");
  expect(summary).toBe("Media comes directly by UDP. What does not work: TURN by UDP, TURN by TCP, TURN by TLS.");
  expect(await stepWords(page, "turn-udp")).toContain(`127.0.0.1:${turn.port} refuses the user name or the password.`);
});

test("a TURN server that is down is named by what does not answer", async () => {
  const turn = await startTurn();
  await turn.close();
  const page = await openPage(await startFloe(turn));
  const { steps } = await runTest(page);
  expect(steps).toEqual({ ...ALL_PASSED, stun: "failed", "turn-udp": "failed", "turn-tcp": "failed", turns: "failed" });
  expect(await stepWords(page, "stun")).toContain(`127.0.0.1:${turn.port} does not answer by UDP.`);
  expect(await stepWords(page, "turn-tcp")).toContain(`No TCP connection to 127.0.0.1:${turn.port} comes about.`);
  expect(await stepWords(page, "turns")).toContain(`No TLS connection to 127.0.0.1:${turn.tlsPort} comes about`);
});

test("UDP that is blocked is told as that, and media takes the server's relay by TCP or TLS", async () => {
  const page = await openPage(await startWithRelay(), ["--webrtc-ip-handling-policy=disable_non_proxied_udp"]);
  const { steps, summary, words } = await runTest(page);
  expect(steps).toEqual({ ...ALL_PASSED, host: "failed", stun: "failed", "turn-udp": "failed" });
  expect(summary).toMatch(/^Media comes through TURN by (TCP|TLS)\. What does not work: /);
  expect(await stepWords(page, "stun")).toContain("UDP is blocked on this network");
  expect(await stepWords(page, "turn-udp")).toContain("UDP is blocked on this network");
  expect(words).toContain("Let UDP out to port");
});

test("a server that advertises a wrong address for its relay is named with it, and with the one where it answers", async () => {
  const page = await openPage(await startWithRelay({ externalIp: WRONG_ADDRESS }));
  const { steps } = await runTest(page);
  expect(steps).toEqual({ ...ALL_PASSED, stun: "failed", "turn-udp": "failed", "turn-tcp": "failed", turns: "failed" });
  const words = await stepWords(page, "turn-udp");
  expect(words).toContain(`The server advertises ${WRONG_ADDRESS}, which does not lead to it`);
  expect(words).toContain("while 127.0.0.1 answers");
  expect(words).toContain("Set turn.externalIp");
});

test("a relay that advertises a wrong address is named with that address, although it gives relays", async () => {
  const turn = await startTurn({ externalIp: WRONG_ADDRESS });
  const page = await openPage(await startFloe(turn));
  const { steps } = await runTest(page);
  expect(steps).toEqual({ ...ALL_PASSED, "turn-udp": "failed", "turn-tcp": "failed", turns: "failed" });
  const words = await stepWords(page, "turn-udp");
  expect(words).toContain(`The relay advertises ${WRONG_ADDRESS}, which does not lead to it.`);
  expect(words).toContain("Set turn.externalIp");
});

test("a certificate that the browser does not trust is named at the step of TLS alone", async () => {
  const turn = await startTurn();
  const page = await fixture.open(await startFloe(turn));
  const { steps } = await runTest(page);
  expect(steps).toEqual({ ...ALL_PASSED, turns: "failed" });
  expect(await stepWords(page, "turns")).toContain("this browser does not trust the certificate");
});

test("a test that runs can be stopped, and begun again", async () => {
  const turn = await startTurn();
  await turn.close();
  const page = await openPage(await startFloe(turn));
  await page.getByTestId("check-start").click();
  await page.locator("[data-testid=check-stun][data-state=running]").waitFor();
  expect(await page.getByTestId("check-words").innerText()).toMatch(/^Testing: .*STUN/);
  await page.getByTestId("check-start").click();
  await page.locator("[data-testid=check][data-state=idle]").waitFor();
  expect(await page.getByTestId("check-start").innerText()).toBe("Test connection");
  await page.getByTestId("check-start").click();
  await page.locator("[data-testid=check-stun][data-state=running]").waitFor();
});

test("a player whose certificate the server refuses says that encryption failed, not the path", async () => {
  const server = await fixture.start({}, { page: "product" });
  const page = await fixture.open(server);
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const onward = socket.connectToServer();
    socket.onMessage((message) => {
      const wrong = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AA").join(":")}\\r`;
      onward.send(String(message).replace(/a=fingerprint:sha-256 [0-9A-F:]+\\r/g, wrong));
    });
  });
  await page.reload();
  await page.getByTestId("watch").click();
  await page.locator("[data-testid=state][data-state=failed]").waitFor();
  const words = await page.getByTestId("state").innerText();
  expect(words).toContain("the encryption on it (DTLS) failed");
  expect(words).toContain("Press Test connection");
});

test("a player to which no packet of media comes says that, and its test too", async () => {
  const server = await fixture.start({}, { page: "product", isLost: () => true });
  const page = await fixture.open(server);
  await page.getByTestId("watch").click();
  await page.locator("[data-testid=state][data-state=failed]").waitFor();
  expect(await page.getByTestId("state").innerText()).toMatch(/[Nn]o media comes over/);
  const { verdict, steps } = await runTest(page);
  expect(steps).toMatchObject({ signalling: "passed", host: "passed", media: "failed" });
  expect(verdict).toBe("bad");
  expect(await stepWords(page, "media")).toMatch(/[Nn]o media comes over/);
});
