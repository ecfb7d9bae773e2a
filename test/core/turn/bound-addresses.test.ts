// A relay behind a NAT: its clients meet each other at the address that peers are told, without the NAT's help.
import { expect, test } from "vitest";
import {
  formatTransportAddress,
  parseIpAddress,
  type TransportAddress,
} from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { bind, channelData, PEER, peer, RawClient, RELAY_4, RELAY_6, TurnWorld } from "./turn-world.js";

const BYTES = Uint8Array.of(1, 2, 3);

test.for([
  ["IPv4", RELAY_4, "10.0.0.9"],
  ["IPv6", RELAY_6, "fd00::9"],
] as const)("two clients of a relay behind a NAT meet by %s at the address that they are told", async ([
  ,
  told,
  text,
]) => {
  const inside = parseIpAddress(text);
  const world = await TurnWorld.create({ boundAddresses: [inside] });
  const [a, b] = [new RawClient(world, "192.0.2.10", 5000), new RawClient(world, "192.0.2.11", 5000)];
  const allocate = (client: RawClient): number =>
    client.allocate((w) => w.family(StunAttribute.requestedAddressFamily, told.family));
  const [relayA, relayB] = [allocate(a), allocate(b)];
  const at = (address: TransportAddress, relay: number): TransportAddress => ({
    ...address,
    port: world.relays.get(relay)?.port ?? 0,
  });
  expect(a.codeOf(StunMethod.channelBind, bind(0x4000, at(told, relayB)))).toBe(0);
  expect(b.codeOf(StunMethod.createPermission, peer(at(told, relayA)))).toBe(0);
  a.send(channelData(0x4000, BYTES));
  expect(world.toPeers).toMatchObject([{ relay: relayA, to: formatTransportAddress(at(inside, relayB)) }]);
  world.fromPeer(relayB, at(inside, relayA), BYTES);
  const [data] = b.received().map((bytes) => StunMessage.parse(bytes));
  expect(data.xorAddress(StunAttribute.xorPeerAddress)).toEqual(at(told, relayA));
  // On the way back it is the channel's peer.
  world.fromPeer(relayA, at(inside, relayB), BYTES);
  expect(a.received()).toEqual([channelData(0x4000, BYTES)]);
});

test("the address inside is the server's own: nobody reaches it by name, and strangers inside stay strangers", async () => {
  const inside = parseIpAddress("198.51.100.9");
  const world = await TurnWorld.create({ boundAddresses: [inside] });
  const client = new RawClient(world, "192.0.2.10", 5000);
  const relay = client.allocate();
  expect(client.codeOf(StunMethod.createPermission, peer({ ...inside, port: 22 }))).toBe(403);
  expect(client.codeOf(StunMethod.createPermission, peer(PEER))).toBe(0);
  world.fromPeer(relay, { ...inside, port: 9 }, BYTES);
  world.fromPeer(relay, parseIpAddress("192.168.0.7", 9), BYTES);
  expect(client.received()).toEqual([]);
  world.fromPeer(relay, PEER, BYTES);
  expect(client.received().length).toBe(1);
});

test("media of this machine that a client knows by the address outside is reached inside, and answers", async () => {
  const inside = parseIpAddress("10.0.0.9");
  const world = await TurnWorld.create({ boundAddresses: [inside], ownPorts: (port) => port === 40_000 });
  const client = new RawClient(world, "192.0.2.10", 5000);
  const relay = client.allocate();
  expect(client.codeOf(StunMethod.channelBind, bind(0x4000, { ...RELAY_4, port: 40_000 }))).toBe(0);
  client.send(channelData(0x4000, BYTES));
  expect(world.toPeers).toMatchObject([{ to: "10.0.0.9:40000" }]);
  world.fromPeer(relay, { ...inside, port: 40_000 }, BYTES);
  expect(client.received()).toEqual([channelData(0x4000, BYTES)]);
  // Who knows it by its address inside keeps to that one.
  expect(client.codeOf(StunMethod.channelBind, bind(0x4001, { ...inside, port: 40_000 }))).toBe(0);
  world.fromPeer(relay, { ...inside, port: 40_000 }, BYTES);
  expect(client.received()).toEqual([channelData(0x4001, BYTES)]);
});
