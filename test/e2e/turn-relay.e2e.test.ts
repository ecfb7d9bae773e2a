// What a client of the server's relay reaches on the server's own machine: a viewer's media port while it is in use, nothing else.
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseIpAddress } from "../../src/core/net/transport-address.js";
import { StunAttribute, StunMethod } from "../../src/core/stun/stun-constants.js";
import { FloeServer } from "../../src/node/server/floe-server.js";
import { webRoot } from "../node/server/server-fixture.js";
import { LiveClient } from "../node/turn/live-client.js";
import { RawViewer } from "./raw-viewer.js";

let server: FloeServer;

beforeAll(async () => {
  server = await FloeServer.start({ webRoot, http: { port: 0 }, turn: { port: 0 } });
});

afterAll(() => server.close());

type Config = {
  readonly iceServers: readonly [
    object,
    { readonly urls: readonly string[]; readonly username: string; readonly credential: string },
  ];
};

test("the media port of a viewer may be reached over the relay while it is watched, and no other port of this machine", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { iceServers } = (await (await fetch(new URL("/api/config", server.url))).json()) as Config;
  const [, { urls, username: user, credential: password }] = iceServers;
  const port = Number(/^turn:127\.0\.0\.1:(\d+)\?transport=udp$/.exec(urls[0])?.[1]);
  const client = await LiveClient.open("udp", port, { user, password });
  await client.allocate();
  /** 0 when it is granted, else the error's code. */
  const permit = async (peerPort: number): Promise<number> => {
    const answer = await client.request(StunMethod.createPermission, (w) =>
      w.xorAddress(StunAttribute.xorPeerAddress, parseIpAddress("127.0.0.1", peerPort)),
    );
    return answer.errorCode()?.code ?? 0;
  };
  let mediaPort = 0;
  {
    using viewer = await RawViewer.open(server.url);
    await viewer.watch();
    mediaPort = Math.max(...viewer.remotePorts);
    expect(await permit(mediaPort)).toBe(0);
    const ports = [Number(new URL(server.url).port), port, (other.address() as { readonly port: number }).port, 22];
    for (const refused of ports) {
      expect(await permit(refused)).toBe(403);
    }
    expect(server.status()).toMatchObject({ turn: { counters: { deniedPeers: ports.length } } });
  }
  const left = new Promise<void>((resolve) => {
    server.events.on(({ event }) => event === "viewer-left" && resolve());
  });
  await left;
  expect(await permit(mediaPort)).toBe(403);
  await client.close();
  other.close();
});
