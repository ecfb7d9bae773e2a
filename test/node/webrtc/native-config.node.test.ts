// What node-datachannel is asked for.
import { expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { nativeConfig } from "../../../src/node/webrtc/native-config.js";

test("one port is shared by all connections, a range is not", () => {
  expect(nativeConfig({ iceServers: [], udpPort: { min: 50_000, max: 50_000 } })).toMatchObject({
    portRangeBegin: 50_000,
    portRangeEnd: 50_000,
    enableIceUdpMux: true,
  });
  expect(nativeConfig({ iceServers: [], udpPort: { min: 50_000, max: 50_010 } })).toMatchObject({
    portRangeBegin: 50_000,
    portRangeEnd: 50_010,
    enableIceUdpMux: false,
  });
  expect(nativeConfig({ iceServers: [] })).toEqual({ iceServers: [] });
});

test("it hears of the servers that it can use: STUN, and TURN over UDP", () => {
  const iceServers = [
    { urls: ["stun:a.example", "stuns:a.example", "stun:[2001:db8::1]:3479"] },
    {
      urls: ["turn:b.example?transport=udp", "turn:b.example?transport=tcp"],
      username: "u",
      credential: new Secret("c"),
    },
  ];
  expect(nativeConfig({ iceServers }).iceServers).toEqual([
    "stun:a.example:3478",
    "stun:[2001:db8::1]:3479",
    { hostname: "b.example", port: 3478, username: "u", password: "c", relayType: "TurnUdp" },
  ]);
});
