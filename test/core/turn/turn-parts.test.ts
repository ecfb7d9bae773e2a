// The parts of the TURN server that stand alone: the peer policy (every range and every embedding), tables, ports, nonces.
import { describe, expect, test } from "vitest";
import { WireError } from "../../../src/core/error/floe-error.js";
import { isInRange, normaliseAddress, parseAddressRange } from "../../../src/core/net/address-range.js";
import { formatIpAddress, parseIpAddress, type TransportAddress } from "../../../src/core/net/transport-address.js";
import { StunMethod } from "../../../src/core/stun/stun-constants.js";
import { seconds } from "../../../src/core/time/units.js";
import { AddressTable } from "../../../src/core/turn/address-table.js";
import { Nonces } from "../../../src/core/turn/server/nonces.js";
import { PeerPolicy } from "../../../src/core/turn/server/peer-policy.js";
import { PortPool } from "../../../src/core/turn/server/port-pool.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { bind, PEER, peer, RawClient, RELAY_4, sendIndication, TurnWorld } from "./turn-world.js";

/** First and last address of every IPv4 range that is refused. */
const DENIED_4 = [
  ["0.0.0.0", "0.255.255.255"],
  ["10.0.0.0", "10.255.255.255"],
  ["100.64.0.0", "100.127.255.255"],
  ["127.0.0.0", "127.255.255.255"],
  ["169.254.0.0", "169.254.255.255", "169.254.169.254"],
  ["172.16.0.0", "172.31.255.255"],
  ["192.0.0.0", "192.0.0.255"],
  ["192.168.0.0", "192.168.255.255"],
  ["198.18.0.0", "198.19.255.255"],
  ["224.0.0.0", "239.255.255.255"],
  ["240.0.0.0", "255.255.255.255"],
].flat();
const DENIED_6 = ["::", "::1", "fc00::", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "64:ff9b:1::a"];
/** Right outside of the ranges. */
const ALLOWED = [
  ["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"],
  ["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0"],
  ["198.17.255.255", "198.20.0.0", "223.255.255.255", "2001:db8::1", "2606:4700::1111", "::ffff:1.1.1.1"],
].flat();

/** An IPv4 address in each of the IPv6 forms that reach it. */
function embeddings(text: string): TransportAddress[] {
  const { ip0 } = parseIpAddress(text);
  const six = (...[a, b, c, d]: [number, number, number, number]): TransportAddress => ({
    ...{ family: 6, ip0: a >>> 0, ip1: b >>> 0, ip2: c >>> 0, ip3: d >>> 0, port: 7 },
  });
  return [
    six(0, 0, 0xffff, ip0),
    six(0, 0, 0, ip0),
    six(0x64ff9b, 0, 0, ip0),
    six((0x2002 << 16) | (ip0 >>> 16), ip0 << 16, 1, 2),
  ];
}

describe("the peer policy", () => {
  const policy = new PeerPolicy();

  test.each([...DENIED_4, ...DENIED_6])("%s is refused", (text) => {
    expect(policy.allows(parseIpAddress(text, 80))).toBe(false);
  });

  test.each(DENIED_4)("%s is refused in v4-mapped, v4-compatible, NAT64 and 6to4 form", (text) => {
    for (const address of embeddings(text)) {
      expect([formatIpAddress(address), policy.allows(address)]).toEqual([formatIpAddress(address), false]);
    }
  });

  test.each(ALLOWED)("%s is relayed to", (text) => {
    expect(policy.allows(parseIpAddress(text, 80))).toBe(true);
  });

  test("a range opens by being listed, in every form, and nothing else does", () => {
    const open = new PeerPolicy({ allowPeers: ["192.168.7.0/24", "::1"] });
    expect(open.openRanges).toEqual(["192.168.7.0/24", "::1/128"]);
    for (const address of [parseIpAddress("192.168.7.9", 1), ...embeddings("192.168.7.9"), parseIpAddress("::1", 1)]) {
      expect(open.allows(address)).toBe(true);
    }
    expect(open.allows(parseIpAddress("192.168.8.1", 1))).toBe(false);
    expect(() => new PeerPolicy({ allowPeers: ["everything"] })).toThrow(WireError);
  });

  test("the server's own addresses are refused but for what it relays there itself, and may change", () => {
    const own = parseIpAddress("203.0.113.9");
    const guarded = new PeerPolicy({ ownAddresses: [own], isRelayedHere: (_address, port) => port === 50_000 });
    expect(guarded.allows({ ...own, port: 22 })).toBe(false);
    expect(embeddings("203.0.113.9").map((address) => guarded.allows(address))).toEqual([false, false, false, false]);
    expect(guarded.allows({ ...own, port: 50_000 })).toBe(true);
    const { version } = guarded;
    guarded.setOwnAddresses([]);
    expect([guarded.allows({ ...own, port: 22 }), guarded.version > version]).toEqual([true, true]);
  });

  test("ports of the server's own addresses can be opened, whatever range those lie in, and of no others", () => {
    const own = parseIpAddress("192.168.7.9");
    const guarded = new PeerPolicy({ ownAddresses: [own], ownPorts: (port) => port === 50_000 });
    expect(guarded.allows({ ...own, port: 50_000 })).toBe(true);
    expect(guarded.allows({ ...own, port: 22 })).toBe(false);
    expect(guarded.allows(parseIpAddress("192.168.7.10", 50_000))).toBe(false);
    const open = new PeerPolicy({ ownAddresses: [own], ownPorts: () => true, allowPeers: ["192.168.7.9"] });
    expect([guarded, open].map((policy) => policy.allowsTcp({ ...own, port: 50_000 }))).toEqual([false, true]);
    expect(guarded.allowsTcp(parseIpAddress("203.0.113.1", 80))).toBe(true);
    expect(guarded.allowsTcp(parseIpAddress("10.0.0.1", 80))).toBe(false);
  });

  test("ports that are opened for media are not opened to a TCP relay: behind the same number is another program", async () => {
    const world = await TurnWorld.create({ ownPorts: (port) => port === 50_000 });
    const own = { ...RELAY_4, port: 50_000 };
    const udp = new RawClient(world, "192.0.2.10", 5000);
    udp.allocate();
    expect(udp.codeOf(StunMethod.createPermission, peer(own))).toBe(0);
    const tcp = new RawClient(world, "192.0.2.10", 5001, { connection: 1 });
    expect(tcp.codeOf(StunMethod.allocate, (w) => w.octet(0x19, 6))).toBe(0);
    expect(tcp.codeOf(StunMethod.createPermission, peer(own))).toBe(403);
    expect(tcp.codeOf(StunMethod.connect, peer(own))).toBe(403);
  });

  test("is asked at CreatePermission, ChannelBind and Connect for every refused address", async () => {
    const world = await TurnWorld.create();
    const client = new RawClient(world, "192.0.2.10", 5000);
    client.allocate((w) => w.family(0x8000, 6));
    const refused = [...DENIED_4, ...DENIED_6].map((text) => parseIpAddress(text, 80));
    for (const address of [...refused, ...embeddings("127.0.0.1"), { ...RELAY_4, port: 3478 }]) {
      expect(client.codeOf(StunMethod.createPermission, peer(address))).toBe(403);
      expect(client.codeOf(StunMethod.channelBind, bind(0x4000, address))).toBe(403);
      client.send(sendIndication(address, Uint8Array.of(1)));
    }
    expect([world.toPeers, world.server.report().permissions]).toEqual([[], 0]);
    const stream = new RawClient(world, "192.0.2.10", 5001, { connection: 1 });
    expect(stream.codeOf(StunMethod.allocate, (w) => w.octet(0x19, 6))).toBe(0);
    for (const text of DENIED_4) {
      expect(stream.codeOf(StunMethod.connect, peer(parseIpAddress(text, 80)))).toBe(403);
    }
    expect(world.outputs("connect-peer")).toEqual([]);
    expect(world.outputs("peer-denied").length).toBe(world.server.report().counters.deniedPeers);
  });

  test("is asked again at every send: a peer that became ours gets nothing more", async () => {
    const world = await TurnWorld.create();
    const client = new RawClient(world, "192.0.2.10", 5000);
    client.allocate();
    client.codeOf(StunMethod.channelBind, bind(0x4000, PEER));
    const packets = [Uint8Array.of(0x40, 0, 0, 1, 9), sendIndication(PEER, Uint8Array.of(9))];
    client.send(...packets);
    world.server.policy.setOwnAddresses([PEER]);
    client.send(...packets);
    expect([world.toPeers.length, world.server.report().counters.drops.denied]).toEqual([2, 2]);
  });

  test("two clients of one server meet at their relayed addresses, as long as those are there", async () => {
    const world = await TurnWorld.create();
    const [a, b] = [new RawClient(world, "192.0.2.10", 5000), new RawClient(world, "192.0.2.11", 5000)];
    a.allocate();
    const relay = b.allocate();
    const address = { ...RELAY_4, port: world.relays.get(relay)?.port as number };
    expect(a.codeOf(StunMethod.channelBind, bind(0x4000, address))).toBe(0);
    a.send(Uint8Array.of(0x40, 0, 0, 1, 9));
    b.codeOf(StunMethod.refresh, (w) => w.u32(0x0d, 0));
    a.send(Uint8Array.of(0x40, 0, 0, 1, 9));
    expect([world.toPeers.length, world.server.report().counters.drops.denied]).toEqual([1, 1]);
    expect(a.codeOf(StunMethod.createPermission, peer(address))).toBe(403);
  });

  test("a TCP relay reaches TCP relays of its server, and nothing behind the number of a UDP relay; nor does UDP the other way", async () => {
    const world = await TurnWorld.create();
    const udp = new RawClient(world, "192.0.2.10", 5000);
    const udpRelay = { ...RELAY_4, port: world.relays.get(udp.allocate())?.port as number };
    const [a, b] = [1, 2].map((connection) => new RawClient(world, "192.0.2.11", 5000 + connection, { connection }));
    expect([a, b].map((tcp) => tcp?.codeOf(StunMethod.allocate, (w) => w.octet(0x19, 6)))).toEqual([0, 0]);
    const tcpRelay = { ...RELAY_4, port: [...world.relays.values()].at(-1)?.port as number };
    expect(a?.codeOf(StunMethod.createPermission, peer(udpRelay))).toBe(403);
    expect(a?.codeOf(StunMethod.connect, peer(udpRelay))).toBe(403);
    expect(udp.codeOf(StunMethod.createPermission, peer(tcpRelay))).toBe(403);
    expect(a?.codeOf(StunMethod.createPermission, peer(tcpRelay))).toBe(0);
    a?.send(a.write(StunMethod.connect, peer(tcpRelay)));
    expect(b?.codeOf(StunMethod.connect, peer(tcpRelay))).toBe(403);
    expect(world.outputs("connect-peer").map(({ to }) => to)).toEqual([tcpRelay]);
  });
});

describe("ranges", () => {
  test.each(["1.2.3.4/33", "::/129", "1.2.3.4/-1", "1.2.3.4/8/8", "1.2.3.4/a", "x", ""])("%j is none", (text) => {
    expect(() => parseAddressRange(text)).toThrow(WireError);
  });

  test("are written by their first address, and hold what agrees in the prefix", () => {
    expect(parseAddressRange("10.9.8.7/8").text).toBe("10.0.0.0/8");
    expect(parseAddressRange("2001:db8:ffff::1/33").text).toBe("2001:db8:8000::/33");
    expect(isInRange(parseAddressRange("0.0.0.0/0"), parseIpAddress("255.1.1.1"))).toBe(true);
    expect(isInRange(parseAddressRange("::/0"), parseIpAddress("1.1.1.1"))).toBe(false);
  });

  test(":: and ::1 are no IPv4 addresses", () => {
    expect(["::", "::1", "::2"].map((text) => normaliseAddress(parseIpAddress(text)).family)).toEqual([6, 6, 4]);
  });
});

test("an address table agrees with a Map through thousands of random changes, collisions and sizes", () => {
  const random = new SeededRandom(5);
  const table = new AddressTable<{ readonly name: string }>(random.integer(2 ** 32));
  const model = new Map<string, { readonly name: string }>();
  for (let round = 0; round < 30_000; round++) {
    const key = [
      random.integer(3),
      random.integer(2) * 2 + 4,
      random.integer(8),
      random.integer(9) * 0x1fffffff,
      0,
      0,
      random.integer(3),
    ] as const;
    const name = key.join(" ");
    switch (random.integer(round < 15_000 ? 3 : 2)) {
      case 0:
        table.delete(...key);
        model.delete(name);
        break;
      default: {
        const value = { name };
        table.set(...key, value);
        model.set(name, value);
      }
    }
    expect(table.get(...key)).toBe(model.get(name));
    expect(table.size).toBe(model.size);
  }
  expect([...table.values()].map(({ name }) => name).sort()).toEqual([...model.keys()].sort());
});

describe("ports", () => {
  test("are drawn from the range, each once, until there are none", () => {
    const pool = new PortPool({ min: 1000, max: 1009 }, new SeededEntropy(1));
    const ports = Array.from({ length: 11 }, () => pool.take());
    expect(ports.slice(0, 10).sort()).toEqual(Array.from({ length: 10 }, (_, i) => 1000 + i));
    expect([ports[10], pool.free]).toEqual([undefined, 0]);
    pool.release(1004);
    pool.release(1004);
    pool.release(77);
    expect([pool.free, pool.take({ even: true }), pool.take()]).toEqual([1, 1004, undefined]);
  });

  test("even ones and pairs are what they are called", () => {
    const pool = new PortPool({ min: 1001, max: 1006 }, new SeededEntropy(2));
    expect([pool.take({ pair: true }), pool.take({ pair: true })].sort()).toEqual([1002, 1004]);
    expect([pool.free, pool.take({ pair: true }), pool.take({ even: true })]).toEqual([2, undefined, 1006]);
    expect(() => new PortPool({ min: 5, max: 4 }, new SeededEntropy(1))).toThrow(
      expect.objectContaining({ code: "turn/port-range" }),
    );
  });
});

test("a nonce is good where and while it is, and any other text is not", () => {
  const nonces = new Nonces({ entropy: new SeededEntropy(3), lifetimeUs: seconds(600) });
  const client = parseIpAddress("2001:db8::1", 1);
  for (const features of [undefined, 3]) {
    const nonce = nonces.make(client, seconds(100), features);
    expect(nonce).toHaveLength(features === undefined ? 16 : 29);
    const good = [client, { ...client, port: 2 }, parseIpAddress("2001:db8::2", 1)].map((address) =>
      nonces.isGood(nonce, address, seconds(400)),
    );
    expect(good).toEqual([true, true, false]);
    expect([seconds(699), seconds(700), seconds(99)].map((atUs) => nonces.isGood(nonce, client, atUs))).toEqual([
      true,
      false,
      false,
    ]);
    for (let at = 0; at < nonce.length; at++) {
      const changed = `${nonce.slice(0, at)}${nonce[at] === "x" ? "y" : "x"}${nonce.slice(at + 1)}`;
      expect(nonces.isGood(changed, client, seconds(400))).toBe(false);
    }
  }
  expect(
    ["", "obMatJos2", "!".repeat(16), "A".repeat(16), "=".repeat(29)].some((text) => nonces.isGood(text, client, 0)),
  ).toBe(false);
});
