// What a hostile or broken peer may do over real sockets: answered or counted, never fatal.
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { RawViewer } from "./raw-viewer.js";
import { eventually, shown, statusOf, viewerFixture, watch } from "./viewer-fixture.js";

const fixture = viewerFixture();

test("an offer that is no SDP ends the call with the parser's code, and the next viewer is served", async () => {
  const server = await fixture.start();
  using viewer = await RawViewer.open(server.url);
  const reason = await viewer.offer("v=0\r\nthis is not SDP\r\n");
  expect(reason).toMatch(/sdp\/line/);
  const page = await fixture.open(server);
  await watch(page);
});

test("an offer without anything we can send is refused in words", async () => {
  const server = await fixture.start();
  using viewer = await RawViewer.open(server.url);
  const sdp = [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AA").join(":")}`,
    "a=setup:actpass",
    "m=video 9 UDP/TLS/RTP/SAVPF 45",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=recvonly",
    "a=rtcp-mux",
    "a=rtpmap:45 AV1/90000",
    "",
  ].join("\r\n");
  expect(await viewer.offer(sdp)).toMatch(/webrtc\/no-common-codec/);
});

test("malformed JSON, unknown types and an oversized frame on the WebSocket leave the server and its viewers alone", async () => {
  const server = await fixture.start();
  const page = await fixture.open(server);
  await watch(page);
  const before = await shown(page, 10);
  const socket = new WebSocket(`${server.url.replace("http", "ws")}ws`);
  await new Promise((resolve) => socket.once("open", resolve));
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  socket.send("{not json");
  socket.send(JSON.stringify({ type: "auth", user: "mallory" }));
  socket.send(JSON.stringify({ type: "no-such-type", data: { __proto__: { polluted: true } } }));
  socket.send("x".repeat(300_000));
  expect(await closed).toBeGreaterThan(1000);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  await shown(page, before.frames + 30);
});

test("garbage on the RTP path is counted, and the viewer goes on", async () => {
  const server = await fixture.start();
  using viewer = await RawViewer.open(server.url);
  await viewer.watch();
  viewer.sendGarbage(200);
  const status = await eventually(
    () => statusOf(server),
    ({ sessions }) => (sessions.viewers[0]?.malformed ?? 0) > 0,
  );
  expect(status.sessions.active).toBe(1);
  await viewer.received(30);
});
