// Whole servers in this process on ports of their own, closed when the test is over, and ways to look at them.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { SignallingMessage } from "../../../src/core/webrtc/signaller.js";
import type { PartialServerConfig } from "../../../src/node/server/config/server-config.js";
import { FloeServer, type FloeServerOptions } from "../../../src/node/server/floe-server.js";
import type { ServerEvent } from "../../../src/node/server/server-event.js";
import { NodeSympleClient } from "../../../src/node/symple/node-symple-client.js";

/** A folder with a page, so that nothing here waits for one to be built. */
export const webRoot: string = fileURLToPath(new URL("../../viewer-page", import.meta.url));

/** Starts a server on free ports; anything else as `config` says. */
export async function startServer(
  config: PartialServerConfig = {},
  options: FloeServerOptions = {},
): Promise<FloeServer> {
  const ports = { http: { port: 0, ...config.http }, turn: { port: 0, ...config.turn } };
  const server = await FloeServer.start({ webRoot, ...config, ...ports }, options);
  onTestFinished(() => server.close());
  return server;
}

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "floe-server-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

/** Whether somebody listens on a port of 127.0.0.1. */
export async function answers(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/api/health`).then(
    async (response) => (await response.text()) !== "",
    () => false,
  );
}

/** Servers that listen in this process, whoever's they are. */
export function listeners(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
}

/** Turns the loop until no more servers listen: libuv takes a turn or two to let go. The test's timeout is the bound. */
export async function untilListeners(count: number): Promise<void> {
  while (listeners() > count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The body of one of the API's routes, and its status. */
export async function api(
  server: FloeServer,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; text: string; body: Record<string, unknown> }> {
  const response = await fetch(new URL(path, server.url), { headers });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
}

/** A client of the server's signalling that is online. */
export async function joinServer(server: FloeServer, options: { token?: string } = {}): Promise<NodeSympleClient> {
  const client = new NodeSympleClient({ url: `${server.url.replace("http", "ws")}ws`, ...options });
  onTestFinished(() => client.close());
  await new Promise<void>((resolve, reject) => {
    client.changed.on((state) => {
      if (state.kind === "online") {
        resolve();
      } else if (state.kind === "error") {
        reject(state.error);
      }
    });
    client.open();
  });
  return client;
}

/** Calls the server, and resolves with its first answer: `accept`, or `reject` with the reason. */
export function call(client: NodeSympleClient, peer = "floe|floe-server"): Promise<SignallingMessage> {
  const signaller = client.signaller();
  return new Promise((resolve) => {
    signaller.received.on(resolve);
    signaller.send({ kind: "control", peer, control: "init" });
  });
}

/** Resolves with what `server.events` tells first that is as wanted. */
export function event(server: FloeServer, isWanted: (event: ServerEvent) => boolean): Promise<ServerEvent> {
  return new Promise((resolve) => {
    server.events.on((candidate) => {
      if (isWanted(candidate)) {
        resolve(candidate);
      }
    });
  });
}

/** The reason with which the server hangs up on a client. */
export function hungUp(client: NodeSympleClient): Promise<string | undefined> {
  return new Promise((resolve) => {
    client.signaller().received.on((message) => {
      if (message.kind === "control" && message.control === "hangup") {
        resolve(message.reason);
      }
    });
  });
}
