// The real command with its relay, and Chromium where nothing but that relay works: by UDP, by TCP, by TLS.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { FloeProcess } from "../setup/floe-process.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../setup/test-certificate.js";
import { launchChromium } from "../setup/viewer-page.js";
import { play } from "./page-fixture.js";
import { framesDecoded, onlyRelays, relayWay } from "./relay-way.js";
import { eventually } from "./viewer-fixture.js";

let folder = "";
let server: FloeProcess;
const browsers: Browser[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "floe-relay-"));
  const [cert, key] = [join(folder, "chain.pem"), join(folder, "key.pem")];
  writeFileSync(cert, TEST_CERTIFICATE);
  writeFileSync(key, TEST_KEY, { mode: 0o600 });
  server = await FloeProcess.start(["serve", "--port", "0", "--turn-port", "0"], {
    env: { FLOE_TURN_TLS_CERT: cert, FLOE_TURN_TLS_KEY: key, FLOE_TURN_TLS_PORT: "0" },
  });
});
afterEach(() => Promise.all(browsers.splice(0).map((browser) => browser.close())));
afterAll(async () => {
  expect(await server?.close()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

async function open(kind: string, flags: readonly string[] = []): Promise<Page> {
  const browser = await launchChromium(flags);
  browsers.push(browser);
  const page = await browser.newPage();
  onlyRelays(page, kind);
  await page.goto(String(server.listening.http));
  return page;
}

/** Chromium's TURN client believes the system's issuers and this flag. */
const TRUSTING = ["--ignore-certificate-errors"];

test.each([
  ["udp", "transport=udp", [], /^turn:127\.0\.0\.1:\d+\?transport=udp$/],
  // Of turns:, which has this too, nothing comes here: the browser does not trust the certificate.
  ["tcp", "transport=tcp", [], /^turn:127\.0\.0\.1:\d+\?transport=tcp$/],
  ["tls", "turns:", TRUSTING, /^turns:127\.0\.0\.1:\d+\?transport=tcp$/],
] as const)("frames are shown, and every one of them came through the relay by %s", async (protocol, kind, flags, url) => {
  const page = await open(kind, flags);
  await play(page);
  const frames = await eventually(
    () => framesDecoded(page),
    (count) => count > 60,
  );
  expect(frames).toBeGreaterThan(60);
  expect(await relayWay(page)).toEqual({
    localType: "relay",
    relayProtocol: protocol,
    url: expect.stringMatching(url),
  });
});

test("a certificate that the browser does not trust carries nothing, and the page says what to do", async () => {
  const page = await open("turns:");
  await page.getByTestId("watch").click();
  await page.locator("[data-testid=state][data-state=failed]").waitFor({ timeout: 60_000 });
  expect(await page.getByTestId("state").innerText()).toContain("Test connection");
});
