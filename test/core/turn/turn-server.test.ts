// The TURN server's requests on a manual clock: every answer of RFC 8656 and RFC 6156, every timer.
import { describe, expect, test } from "vitest";
import { formatTransportAddress, parseIpAddress } from "../../../src/core/net/transport-address.js";
import { readAddressError, readTypes } from "../../../src/core/stun/stun-attributes.js";
import { StunAttribute, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { hasValidIntegrity } from "../../../src/core/stun/stun-integrity.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import type { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { milliseconds, seconds } from "../../../src/core/time/units.js";
import {
  bind,
  channelData,
  codeOf,
  nextId,
  PEER,
  PEER_6,
  peer,
  RawClient,
  RELAY_4,
  RELAY_6,
  sendIndication,
  TurnWorld,
} from "./turn-world.js";

const { allocate, refresh, createPermission, channelBind } = StunMethod;
const udp = (writer: StunWriter) => writer.octet(StunAttribute.requestedTransport, 17);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

async function createClient(options: Parameters<typeof TurnWorld.create>[0] = {}) {
  const world = await TurnWorld.create(options);
  return { world, client: new RawClient(world, "192.0.2.10", 5000) };
}

describe("Allocate (RFC 8656 7)", () => {
  test("gives a relayed address, its lifetime and the mapped address, signed", async () => {
    const { world, client } = await createClient();
    const answer = client.request(allocate, udp);
    expect(codeOf(answer)).toBe(0);
    expect(hasValidIntegrity(answer, client.key)).toBe(true);
    const [opened] = world.outputs("open-relay");
    expect(opened).toMatchObject({ transport: "udp", family: 4 });
    const port = opened?.port as number;
    expect(port).toBeGreaterThanOrEqual(49_152);
    expect(answer.xorAddress(StunAttribute.xorRelayedAddress)).toEqual({ ...RELAY_4, port });
    expect(answer.u32(StunAttribute.lifetime)).toBe(600);
    expect(answer.xorAddress(StunAttribute.xorMappedAddress)).toEqual(client.address);
    expect(world.outputs("allocated")).toMatchObject([{ user: "alice", client: client.address }]);
  });

  test.each([
    [undefined, 600],
    [60, 600],
    [900, 900],
    [100_000, 3600],
  ])("a lifetime of %s s is granted as %i s", async (wanted, granted) => {
    const { client } = await createClient();
    const answer = client.request(allocate, (w) => {
      udp(w);
      return wanted === undefined ? w : w.u32(StunAttribute.lifetime, wanted);
    });
    expect(answer.u32(StunAttribute.lifetime)).toBe(granted);
  });

  test("expires exactly at its lifetime, gives everything back, and is told", async () => {
    const { world, client } = await createClient();
    client.allocate();
    world.advance(seconds(600) - 1);
    expect([world.relays.size, world.server.report().allocations]).toEqual([1, 1]);
    world.advance(1);
    expect([world.relays.size, world.server.report().allocations]).toEqual([0, 0]);
    expect(world.outputs("released")).toMatchObject([{ reason: "expired", user: "alice" }]);
    expect(client.codeOf(refresh)).toBe(438);
    client.nonce = "";
    expect(client.codeOf(refresh)).toBe(437);
    expect(world.server.report().counters.allocationsExpired).toBe(1);
  });

  test("the same request again gets the same answer and no second socket; another one is 437", async () => {
    const { world, client } = await createClient();
    const id = nextId();
    const first = client.request(allocate, udp, { id });
    expect(client.request(allocate, udp, { id }).bytes).toEqual(first.bytes);
    expect(client.codeOf(allocate, udp)).toBe(437);
    expect(world.outputs("open-relay")).toHaveLength(1);
  });

  test("a repeated request while its socket opens is not answered twice", async () => {
    const { world, client } = await createClient();
    world.onOpenRelay = () => "silent";
    client.takeNonce();
    const request = client.write(allocate, udp);
    client.send(request);
    client.send(request);
    const [opened] = world.outputs("open-relay");
    expect([client.received(), world.outputs("open-relay")]).toEqual([[], [opened]]);
    world.handle({ kind: "relay-opened", relay: opened?.relay as number });
    expect(client.received()).toHaveLength(1);
  });

  test.each<[number, string, (writer: StunWriter) => unknown]>([
    [400, "without REQUESTED-TRANSPORT", (w) => w],
    [400, "with a transport of 3 bytes", (w) => w.attribute(StunAttribute.requestedTransport, bytes(17, 0, 0))],
    [442, "for SCTP", (w) => w.octet(StunAttribute.requestedTransport, 132)],
    [400, "for TCP over UDP (RFC 6062 5.1)", (w) => w.octet(StunAttribute.requestedTransport, 6)],
    [440, "for a family that there is not", (w) => udp(w).octet(StunAttribute.requestedAddressFamily, 3)],
    [
      400,
      "with both family attributes",
      (w) => udp(w).family(StunAttribute.requestedAddressFamily, 4).family(StunAttribute.additionalAddressFamily, 6),
    ],
    [400, "with IPv4 as the additional family", (w) => udp(w).family(StunAttribute.additionalAddressFamily, 4)],
    [
      400,
      "for a pair of ports in two families",
      (w) => udp(w).evenPort({ reserveNext: true }).family(StunAttribute.additionalAddressFamily, 6),
    ],
    [
      400,
      "with EVEN-PORT and a token",
      (w) => udp(w).evenPort({ reserveNext: false }).attribute(StunAttribute.reservationToken, new Uint8Array(8)),
    ],
    [
      400,
      "with a family and a token",
      (w) =>
        udp(w)
          .family(StunAttribute.requestedAddressFamily, 4)
          .attribute(StunAttribute.reservationToken, new Uint8Array(8)),
    ],
    [
      508,
      "with a token that was never given",
      (w) => udp(w).attribute(StunAttribute.reservationToken, new Uint8Array(8)),
    ],
    [400, "with a token of 7 bytes", (w) => udp(w).attribute(StunAttribute.reservationToken, new Uint8Array(7))],
  ])("%i %s", async (code, _, fill) => {
    const { world, client } = await createClient();
    expect(client.codeOf(allocate, fill)).toBe(code);
    expect(world.outputs("open-relay")).toEqual([]);
    expect(world.server.report()).toMatchObject({ allocations: 0, counters: { errors: { [code]: 1 } } });
  });

  test("420 lists DONT-FRAGMENT where sockets cannot, and 420 lists whatever else is not understood", async () => {
    const { client } = await createClient();
    const answer = client.request(allocate, (w) => udp(w).attribute(StunAttribute.dontFragment));
    expect([codeOf(answer), readTypes(answer.value(StunAttribute.unknownAttributes) as Uint8Array)]).toEqual([
      420,
      [0x1a],
    ]);
    const other = client.request(allocate, (w) => udp(w).u32(0x0055, 1).u32(0x8055, 1));
    expect([codeOf(other), readTypes(other.value(StunAttribute.unknownAttributes) as Uint8Array)]).toEqual([
      420,
      [0x55],
    ]);
    const able = await createClient({ canSetDontFragment: true });
    expect(able.client.codeOf(allocate, (w) => udp(w).attribute(StunAttribute.dontFragment))).toBe(0);
  });

  test("440 where there is no IPv6, ADDRESS-ERROR-CODE where only the second family is missing", async () => {
    const { client } = await createClient({ relayAddresses: [RELAY_4] });
    expect(client.codeOf(allocate, (w) => udp(w).family(StunAttribute.requestedAddressFamily, 6))).toBe(440);
    const answer = client.request(allocate, (w) => udp(w).family(StunAttribute.additionalAddressFamily, 6));
    expect(codeOf(answer)).toBe(0);
    const error = readAddressError(answer.value(StunAttribute.addressErrorCode) as Uint8Array);
    expect(error).toMatchObject({ family: 6, code: 440 });
  });

  test.each([
    StunAttribute.additionalAddressFamily,
    StunAttribute.draftAdditionalAddressFamily,
  ])("two families at once (by attribute %i): two addresses, refreshed and ended each by itself", async (attribute) => {
    const { world, client } = await createClient();
    const answer = client.request(allocate, (w) => udp(w).family(attribute, 6));
    expect(answer.xorAddresses(StunAttribute.xorRelayedAddress).map(({ family }) => family)).toEqual([4, 6]);
    const only6 = (lifetime: number) => (w: StunWriter) =>
      w.family(StunAttribute.requestedAddressFamily, 6).u32(StunAttribute.lifetime, lifetime);
    expect(client.codeOf(refresh, only6(1200))).toBe(0);
    world.advance(seconds(600));
    expect([...world.relays.values()].map(({ family }) => family)).toEqual([6]);
    client.nonce = "";
    expect(client.codeOf(createPermission, peer(PEER))).toBe(443);
    expect(client.codeOf(createPermission, peer(PEER_6))).toBe(0);
    expect(client.codeOf(refresh, only6(0))).toBe(0);
    expect(world.server.report().allocations).toBe(0);
    expect(client.codeOf(refresh)).toBe(437);
  });

  test("IPv4 comes first, also when its port was taken and another had to be drawn", async () => {
    const { world, client } = await createClient();
    let isFirst = true;
    world.onOpenRelay = ({ family }) => {
      const isTaken = family === 4 && isFirst;
      isFirst &&= family !== 4;
      return isTaken ? "failed" : "opened";
    };
    const answer = client.request(allocate, (w) => udp(w).family(StunAttribute.additionalAddressFamily, 6));
    expect(answer.xorAddresses(StunAttribute.xorRelayedAddress).map(({ family }) => family)).toEqual([4, 6]);
  });

  test("a family alone", async () => {
    const { client } = await createClient();
    const answer = client.request(allocate, (w) => udp(w).family(StunAttribute.requestedAddressFamily, 6));
    const relayed = answer.xorAddresses(StunAttribute.xorRelayedAddress);
    expect(relayed).toEqual([{ ...RELAY_6, port: relayed[0]?.port }]);
    expect(client.codeOf(refresh, (w) => w.family(StunAttribute.requestedAddressFamily, 4))).toBe(443);
    expect(client.codeOf(createPermission, peer(PEER))).toBe(443);
    expect(client.codeOf(channelBind, bind(0x4000, PEER))).toBe(443);
  });

  test("an even port, and the next one kept for 30 s for the same user", async () => {
    const { world, client } = await createClient();
    const answer = client.request(allocate, (w) => udp(w).evenPort({ reserveNext: true }));
    const even = answer.xorAddress(StunAttribute.xorRelayedAddress)?.port as number;
    const token = answer.sized(StunAttribute.reservationToken, 8) as Uint8Array;
    expect([even % 2, world.relays.size, world.server.report().reservations]).toEqual([0, 2, 1]);
    const withToken = (w: StunWriter) => udp(w).attribute(StunAttribute.reservationToken, token);
    const bob = new RawClient(world, "192.0.2.11", 5001, { user: "bob", password: "builder" });
    expect(bob.codeOf(allocate, withToken)).toBe(508);
    const second = new RawClient(world, "192.0.2.10", 5002);
    const next = second.request(allocate, withToken);
    expect(next.xorAddress(StunAttribute.xorRelayedAddress)?.port).toBe(even + 1);
    expect(world.server.report().reservations).toBe(0);
    const third = new RawClient(world, "192.0.2.10", 5003);
    expect(third.codeOf(allocate, withToken)).toBe(508);
  });

  test("a reserved IPv6 port is got by its token, which names no family, where there is no IPv4 relay", async () => {
    const { world, client } = await createClient({ relayAddresses: [RELAY_6] });
    const answer = client.request(allocate, (w) =>
      udp(w).family(StunAttribute.requestedAddressFamily, 6).evenPort({ reserveNext: true }),
    );
    const token = answer.sized(StunAttribute.reservationToken, 8) as Uint8Array;
    const second = new RawClient(world, "192.0.2.10", 5002);
    const next = second.request(allocate, (w) => udp(w).attribute(StunAttribute.reservationToken, token));
    const port = (answer.xorAddress(StunAttribute.xorRelayedAddress)?.port as number) + 1;
    expect(next.xorAddress(StunAttribute.xorRelayedAddress)).toEqual({ ...RELAY_6, port });
  });

  test("a reserved port that nobody comes for is given back after 30 s", async () => {
    const { world, client } = await createClient();
    client.request(allocate, (w) => udp(w).evenPort({ reserveNext: true }));
    world.advance(seconds(30) - 1);
    expect(world.relays.size).toBe(2);
    world.advance(1);
    expect([world.relays.size, world.server.report().reservations]).toEqual([1, 0]);
  });

  test("a port that is taken on this machine is passed over; 508 when eight were", async () => {
    const { world, client } = await createClient();
    let failures = 3;
    world.onOpenRelay = () => (failures-- > 0 ? "failed" : "opened");
    expect(client.codeOf(allocate, udp)).toBe(0);
    const ports = world.outputs("open-relay").map(({ port }) => port);
    expect(new Set(ports).size).toBe(4);
    world.onOpenRelay = () => "failed";
    const other = new RawClient(world, "192.0.2.10", 5001);
    expect(other.codeOf(allocate, udp)).toBe(508);
    expect([world.outputs("open-relay").length, world.relays.size]).toEqual([12, 1]);
    world.onOpenRelay = ({ family }) => (family === 6 ? "failed" : "opened");
    const dual = other.request(allocate, (w) => udp(w).family(StunAttribute.additionalAddressFamily, 6));
    expect(readAddressError(dual.value(StunAttribute.addressErrorCode) as Uint8Array).code).toBe(508);
    expect(dual.xorAddresses(StunAttribute.xorRelayedAddress)).toHaveLength(1);
  });

  test("a pair of which one is taken is given up whole", async () => {
    const { world, client } = await createClient();
    world.onOpenRelay = ({ port }) => (port % 2 === 1 && world.outputs("open-relay").length < 4 ? "failed" : "opened");
    const answer = client.request(allocate, (w) => udp(w).evenPort({ reserveNext: true }));
    expect(answer.has(StunAttribute.reservationToken)).toBe(true);
    const ports = [...world.relays.values()].map(({ port }) => port);
    expect(ports).toEqual([ports[0], (ports[0] as number) + 1]);
  });

  test("508 when sockets do not answer within 5 s, and what opens later is closed", async () => {
    const { world, client } = await createClient();
    world.onOpenRelay = () => "silent";
    client.takeNonce();
    client.send(client.write(allocate, udp));
    world.advance(seconds(5) - 1);
    expect(client.received()).toEqual([]);
    world.advance(1);
    const [late] = client.received();
    expect(codeOf(StunMessage.parse(late as Uint8Array))).toBe(508);
    expect(world.outputs("close-relay")).toHaveLength(1);
    world.handle({ kind: "relay-opened", relay: world.outputs("open-relay")[0]?.relay as number });
    expect(world.server.report().allocations).toBe(0);
  });

  test("508 when the range has no port left; 486 over each quota", async () => {
    const narrow = await createClient({ portRange: { min: 50_000, max: 50_001 } });
    const clients = [0, 1, 2].map((i) => new RawClient(narrow.world, "192.0.2.10", 6000 + i));
    expect(clients.map((client) => client.codeOf(allocate, udp))).toEqual([0, 0, 508]);

    for (const [limits, addresses] of [
      [{ allocations: 2 }, ["192.0.2.1", "192.0.3.1", "192.0.4.1"]],
      [{ allocationsPerUser: 2 }, ["192.0.2.1", "192.0.3.1", "192.0.4.1"]],
      [{ allocationsPerAddress: 2 }, ["192.0.2.1", "192.0.2.1", "192.0.2.1"]],
    ] as const) {
      const { world } = await createClient({ limits });
      const three = addresses.map((address, i) => new RawClient(world, address, 6000 + i));
      expect(three.map((client) => client.codeOf(allocate, udp))).toEqual([0, 0, 486]);
      three[0]?.codeOf(refresh, (w) => w.u32(StunAttribute.lifetime, 0));
      expect(three[2]?.codeOf(allocate, udp)).toBe(0);
    }
  });
});

describe("Refresh (RFC 8656 8)", () => {
  test("lengthens from now, as the default, what is asked, or the maximum", async () => {
    const { world, client } = await createClient();
    client.allocate();
    world.advance(seconds(500));
    expect(client.request(refresh, (w) => w.u32(StunAttribute.lifetime, 1000)).u32(StunAttribute.lifetime)).toBe(1000);
    world.advance(seconds(999));
    expect(world.relays.size).toBe(1);
    world.advance(seconds(1));
    expect(world.relays.size).toBe(0);
  });

  test("0 ends it at once, with its port and everything it had", async () => {
    const { world, client } = await createClient();
    client.allocate();
    client.codeOf(createPermission, peer(PEER));
    client.codeOf(channelBind, bind(0x4000, PEER));
    const answer = client.request(refresh, (w) => w.u32(StunAttribute.lifetime, 0));
    expect([codeOf(answer), answer.u32(StunAttribute.lifetime)]).toEqual([0, 0]);
    expect(world.server.report()).toMatchObject({ allocations: 0, permissions: 0, channels: 0 });
    expect([world.relays.size, world.server.deadlineUs]).toEqual([0, undefined]);
    expect(world.outputs("released")).toMatchObject([{ reason: "refreshed-to-zero" }]);
  });

  test("437 without an allocation, 441 from another user, 400 with a lifetime of 3 bytes", async () => {
    const { world, client } = await createClient();
    for (const method of [refresh, createPermission, channelBind, StunMethod.connect]) {
      expect(client.codeOf(method, peer(PEER))).toBe(437);
    }
    client.allocate();
    const bob = new RawClient(world, "192.0.2.10", 5000, { user: "bob", password: "builder" });
    for (const method of [refresh, createPermission, channelBind, StunMethod.connect]) {
      expect(bob.codeOf(method, peer(PEER))).toBe(441);
    }
    expect(client.codeOf(refresh, (w) => w.attribute(StunAttribute.lifetime, bytes(1, 2, 3)))).toBe(400);
  });
});

describe("permissions (RFC 8656 9, 10)", () => {
  test("hold 300 s to the microsecond, in both directions, and a refresh counts from then", async () => {
    const { world, client } = await createClient();
    const relay = client.allocate((w) => w.u32(StunAttribute.lifetime, 3600));
    client.codeOf(createPermission, peer(PEER));
    world.advance(seconds(200));
    client.codeOf(createPermission, peer({ ...PEER, port: 1 }));
    world.advance(seconds(300) - 1);
    client.send(sendIndication(PEER, bytes(1)));
    world.fromPeer(relay, PEER, bytes(2));
    expect([world.toPeers.length, client.received().length]).toEqual([1, 1]);
    world.nowUs += 1;
    client.send(sendIndication(PEER, bytes(1)));
    world.fromPeer(relay, PEER, bytes(2));
    expect([world.toPeers.length, client.received().length]).toEqual([1, 0]);
    expect(world.server.report().counters.drops.noPermission).toBe(2);
    world.advance(0);
    expect(world.server.report().permissions).toBe(0);
  });

  test("are for a host, whatever its port, and for no other host", async () => {
    const { world, client } = await createClient();
    const relay = client.allocate();
    client.codeOf(createPermission, peer(PEER));
    world.fromPeer(relay, { ...PEER, port: 1 }, bytes(1));
    world.fromPeer(relay, parseIpAddress("198.51.100.78", 7000), bytes(2));
    expect(client.received()).toHaveLength(1);
  });

  test("several at once, all or none", async () => {
    const { world, client } = await createClient();
    client.allocate();
    const three = (third: string) => (w: StunWriter) => {
      for (const address of ["198.51.100.1", "198.51.100.2", third]) {
        w.xorAddress(StunAttribute.xorPeerAddress, parseIpAddress(address, 9));
      }
    };
    expect(client.codeOf(createPermission, three("10.0.0.1"))).toBe(403);
    expect(world.server.report().permissions).toBe(0);
    expect(client.codeOf(createPermission, three("2001:db8::1"))).toBe(443);
    expect(world.server.report().permissions).toBe(0);
    expect(client.codeOf(createPermission, three("198.51.100.3"))).toBe(0);
    expect(world.server.report().permissions).toBe(3);
  });

  test("400 without a peer or with half of one, 508 over the bound", async () => {
    const { client } = await createClient({ limits: { permissionsPerAllocation: 2 } });
    client.allocate();
    expect(client.codeOf(createPermission)).toBe(400);
    expect(client.codeOf(createPermission, (w) => w.attribute(StunAttribute.xorPeerAddress, bytes(0, 1, 2)))).toBe(400);
    const codes = [1, 2, 3, 1].map((host) =>
      client.codeOf(createPermission, peer(parseIpAddress(`198.51.100.${host}`))),
    );
    expect(codes).toEqual([0, 0, 508, 0]);
  });
});

describe("channels (RFC 8656 12)", () => {
  test("carry data both ways with 4 bytes of header", async () => {
    const { world, client } = await createClient();
    const relay = client.allocate();
    expect(client.codeOf(channelBind, bind(0x4001, PEER))).toBe(0);
    client.send(channelData(0x4001, bytes(1, 2, 3)));
    expect(world.toPeers).toEqual([{ relay, to: formatTransportAddress(PEER), bytes: bytes(1, 2, 3) }]);
    world.fromPeer(relay, PEER, bytes(9, 8));
    expect(client.received()).toEqual([channelData(0x4001, bytes(9, 8))]);
    world.fromPeer(relay, { ...PEER, port: 7001 }, bytes(7));
    expect(client.received()[0]?.slice(0, 2)).toEqual(bytes(0, 0x17));
  });

  test.each([
    ["below the range", 0x3fff, 400],
    ["the first", 0x4000, 0],
    ["the last", 0x4fff, 0],
    ["the last of RFC 5766", 0x7ffe, 0],
    ["above both ranges", 0x7fff, 400],
  ])("%s number", async (_, number, code) => {
    const { client } = await createClient();
    client.allocate();
    expect(client.codeOf(channelBind, bind(number, PEER))).toBe(code);
  });

  test("400 for a number with another peer, a peer with another number, and half a request", async () => {
    const { client } = await createClient();
    client.allocate();
    expect(client.codeOf(channelBind, bind(0x4000, PEER))).toBe(0);
    expect(client.codeOf(channelBind, bind(0x4000, { ...PEER, port: 7001 }))).toBe(400);
    expect(client.codeOf(channelBind, bind(0x4001, PEER))).toBe(400);
    expect(client.codeOf(channelBind, bind(0x4000, PEER))).toBe(0);
    expect(client.codeOf(channelBind, peer(PEER))).toBe(400);
    expect(client.codeOf(channelBind, (w) => w.channelNumber(0x4002))).toBe(400);
    expect(client.codeOf(channelBind, bind(0x4002, { ...PEER, port: 0 }))).toBe(400);
  });

  test("508 over the bounds of channels and of permissions", async () => {
    const { client } = await createClient({ limits: { channelsPerAllocation: 2 } });
    client.allocate();
    const codes = [0, 1, 2].map((i) => client.codeOf(channelBind, bind(0x4000 + i, { ...PEER, port: 7000 + i })));
    expect(codes).toEqual([0, 0, 508]);
    const few = await createClient({ limits: { permissionsPerAllocation: 1 } });
    few.client.allocate();
    expect(few.client.codeOf(createPermission, peer(parseIpAddress("198.51.100.1")))).toBe(0);
    expect(few.client.codeOf(channelBind, bind(0x4000, PEER))).toBe(508);
  });

  test("stay bound for 10 minutes, their permission for 5; then the number is free", async () => {
    const { world, client } = await createClient();
    const relay = client.allocate((w) => w.u32(StunAttribute.lifetime, 3600));
    client.codeOf(channelBind, bind(0x4000, PEER));
    world.advance(seconds(300));
    client.send(channelData(0x4000, bytes(1)));
    expect([world.toPeers.length, world.server.report().counters.drops.noPermission]).toEqual([0, 1]);
    client.codeOf(createPermission, peer(PEER));
    client.send(channelData(0x4000, bytes(1)));
    expect(world.toPeers).toHaveLength(1);
    world.advance(seconds(300) - 1);
    world.nowUs += 1;
    client.send(channelData(0x4000, bytes(1)));
    expect([world.toPeers.length, world.server.report().counters.drops.noChannel]).toEqual([1, 1]);
    world.advance(0);
    expect(world.server.report()).toMatchObject({ channels: 0, permissions: 0 });
    client.nonce = "";
    expect(client.codeOf(channelBind, bind(0x4000, { ...PEER, port: 9 }))).toBe(0);
    world.fromPeer(relay, PEER, bytes(5));
    expect(client.received()[0]?.slice(0, 2)).toEqual(bytes(0, 0x17));
  });

  test("a refresh of the binding lengthens channel and permission", async () => {
    const { world, client } = await createClient();
    client.allocate((w) => w.u32(StunAttribute.lifetime, 3600));
    client.codeOf(channelBind, bind(0x4000, PEER));
    world.advance(seconds(299));
    client.codeOf(channelBind, bind(0x4000, PEER));
    world.advance(seconds(299));
    client.send(channelData(0x4000, bytes(1)));
    expect(world.toPeers).toHaveLength(1);
    expect(world.server.report()).toMatchObject({ channels: 1, permissions: 1 });
  });
});

describe("data (RFC 8656 11, 12)", () => {
  test("a Send indication goes out, a peer without a channel comes back as a Data indication, in both families", async () => {
    const { world, client } = await createClient();
    client.request(allocate, (w) => udp(w).family(StunAttribute.additionalAddressFamily, 6));
    const [relay4, relay6] = [...world.relays.keys()] as [number, number];
    for (const [relay, address] of [
      [relay4, PEER],
      [relay6, PEER_6],
    ] as const) {
      client.codeOf(createPermission, peer(address));
      client.send(sendIndication(address, bytes(1, 2, 3, 4, 5)));
      expect(world.toPeers.pop()).toEqual({ relay, to: formatTransportAddress(address), bytes: bytes(1, 2, 3, 4, 5) });
      world.fromPeer(relay, address, bytes(6, 7));
      const indication = StunMessage.parse(client.received()[0] as Uint8Array);
      expect(indication.method).toBe(StunMethod.data);
      expect(indication.xorAddress(StunAttribute.xorPeerAddress)).toEqual(address);
      expect(indication.value(StunAttribute.data)).toEqual(bytes(6, 7));
    }
  });

  test("what breaks a rule is dropped with its reason", async () => {
    const { world, client } = await createClient();
    const stranger = new RawClient(world, "192.0.2.99", 1);
    const relay = client.allocate();
    client.codeOf(createPermission, peer(PEER));
    stranger.send(channelData(0x4000, bytes(1)), sendIndication(PEER, bytes(1)));
    client.send(channelData(0x4000, bytes(1)));
    client.send(sendIndication(parseIpAddress("198.51.100.1", 1), bytes(1)), sendIndication(PEER_6, bytes(1)));
    client.send(bytes(0x80, 1, 2, 3), bytes(), sendIndication({ ...PEER, port: 0 }, bytes(1)));
    client.send(sendIndication(PEER, bytes(1), (w) => w.attribute(StunAttribute.dontFragment)));
    world.fromPeer(relay, parseIpAddress("198.51.100.1", 1), bytes(1));
    world.fromPeer(relay + 1000, PEER, bytes(1));
    expect([world.toPeers, client.received(), stranger.received()]).toEqual([[], [], []]);
    expect(world.server.report().counters.drops).toEqual({
      noAllocation: 3,
      noChannel: 1,
      noPermission: 2,
      denied: 0,
      family: 1,
      overRate: 0,
      malformed: 4,
      tooLong: 0,
    });
  });

  test("a bitrate of 5 Mbit/s, both directions together, with a second's worth at once", async () => {
    const { world, client } = await createClient();
    const relay = client.allocate();
    client.codeOf(channelBind, bind(0x4000, PEER));
    const payload = new Uint8Array(1000);
    for (let i = 0; i < 400; i++) {
      client.send(channelData(0x4000, payload));
      world.fromPeer(relay, PEER, payload);
    }
    expect(world.toPeers.length + client.received().length).toBe(625);
    expect(world.server.report().counters.drops.overRate).toBe(175);
    world.advance(milliseconds(16));
    for (let i = 0; i < 20; i++) {
      client.send(channelData(0x4000, payload));
    }
    expect(world.server.report().bytesToPeers + world.server.report().bytesToClients).toBe(635_000);
    expect(world.server.report().counters.drops.overRate).toBe(185);
  });
});

test("when many expire at once, a tick clears 16 and asks to be called again", async () => {
  const { world } = await createClient({ limits: { allocationsPerUser: 200, allocationsPerAddress: 200 } });
  for (let i = 0; i < 25; i++) {
    new RawClient(world, "192.0.2.10", 1000 + i).allocate();
  }
  world.nowUs += seconds(600);
  world.server.tick(world.nowUs);
  expect(world.server.report().allocations).toBe(9);
  expect(world.server.deadlineUs as number).toBeLessThanOrEqual(world.nowUs);
  world.server.tick(world.nowUs);
  expect(world.server.report().allocations).toBe(0);
});

test("shutdown closes everything and answers nobody any more", async () => {
  const { world, client } = await createClient();
  client.allocate((w) => w.evenPort({ reserveNext: true }));
  world.handle({ kind: "shutdown" });
  expect([world.relays.size, world.server.deadlineUs]).toEqual([0, undefined]);
  expect(world.outputs("released")).toMatchObject([{ reason: "shutdown" }]);
  client.send(client.write(allocate, udp));
  expect(client.received()).toEqual([]);
});
