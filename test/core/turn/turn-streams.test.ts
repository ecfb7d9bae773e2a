// Clients on streams (RFC 8656 12.5), and TCP towards peers (RFC 6062).
import { describe, expect, test } from "vitest";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import type { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { seconds } from "../../../src/core/time/units.js";
import { bind, channelData, codeOf, PEER, peer, RawClient, sendIndication, TurnWorld } from "./turn-world.js";

const { allocate, refresh, createPermission, channelBind, connect, connectionBind } = StunMethod;
const udp = (writer: StunWriter): StunWriter => writer.octet(StunAttribute.requestedTransport, 17);
const tcp = (writer: StunWriter): StunWriter => writer.octet(StunAttribute.requestedTransport, 6);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

async function createStream(options: Parameters<typeof TurnWorld.create>[0] = {}) {
  const world = await TurnWorld.create(options);
  return { world, client: new RawClient(world, "192.0.2.10", 5000, { connection: 1 }) };
}

describe("a client on a stream", () => {
  test("allocates UDP, sends and gets ChannelData padded to 4 bytes, however its bytes are cut", async () => {
    const { world, client } = await createStream();
    const relay = client.allocate();
    expect(client.codeOf(channelBind, bind(0x4000, PEER))).toBe(0);
    const stream = Uint8Array.of(
      ...channelData(0x4000, bytes(1, 2, 3, 4, 5), { padded: true }),
      ...sendIndication(PEER, bytes(6)),
      ...channelData(0x4000, bytes(), { padded: true }),
    );
    for (const size of [1, 3, 10, 1000]) {
      for (let at = 0; at < stream.length; at += size) {
        client.send(stream.slice(at, at + size));
      }
      expect(world.toPeers.splice(0).map((packet) => [...packet.bytes])).toEqual([[1, 2, 3, 4, 5], [6], []]);
    }
    world.fromPeer(relay, PEER, bytes(9, 8, 7, 6, 5));
    expect(client.received()).toEqual([channelData(0x4000, bytes(9, 8, 7, 6, 5), { padded: true })]);
    world.fromPeer(relay, { ...PEER, port: 1 }, bytes(1));
    expect(StunMessage.parse(client.received()[0] as Uint8Array).method).toBe(StunMethod.data);
  });

  test("more frames in a segment than a batch holds go out in order, with requests between them answered", async () => {
    const { world, client } = await createStream();
    client.allocate();
    client.codeOf(channelBind, bind(0x4000, PEER));
    const frames = Array.from({ length: 50 }, (_, i) => channelData(0x4000, bytes(i), { padded: true }));
    frames.splice(25, 0, client.write(refresh));
    client.send(Uint8Array.from(frames.flatMap((frame) => [...frame])));
    expect(world.toPeers.map((packet) => packet.bytes[0])).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(client.received().map((answer) => codeOf(StunMessage.parse(answer)))).toEqual([0]);
  });

  test("the end of its stream ends its allocation", async () => {
    const { world, client } = await createStream();
    client.allocate();
    world.handle({ kind: "closed", connection: 1 });
    expect(world.server.report()).toMatchObject({ allocations: 0, connections: 0 });
    expect(world.outputs("released")).toMatchObject([{ reason: "client-closed" }]);
    expect([world.relays.size, world.server.deadlineUs]).toEqual([0, undefined]);
  });

  test("the end of its stream while its socket opens gives the socket back", async () => {
    const { world, client } = await createStream();
    world.onOpenRelay = () => "silent";
    client.takeNonce();
    client.send(client.write(allocate, udp));
    world.handle({ kind: "closed", connection: 1 });
    expect(world.outputs("close-relay")).toHaveLength(1);
    expect([world.server.report().allocations, world.server.deadlineUs]).toEqual([0, undefined]);
  });

  test("a stream that is no STUN is closed; a frame that is too long is passed over and counted", async () => {
    const { world, client } = await createStream({ streamSlotBytes: 512 });
    client.allocate();
    client.codeOf(channelBind, bind(0x4000, PEER));
    client.send(channelData(0x4000, new Uint8Array(600), { padded: true }), channelData(0x4000, bytes(1, 2, 3, 4)));
    expect([world.toPeers.length, world.server.report().counters.drops.tooLong]).toEqual([1, 1]);
    client.send(bytes(0x16, 3, 1, 2, 0, 1));
    expect(world.outputs("close-client")).toMatchObject([{ connection: 1, reason: "the stream is not STUN" }]);
    client.send(client.write(refresh));
    expect(client.received()).toEqual([]);
  });

  test("without an allocation it is closed after 60 s, with one it stays", async () => {
    const { world, client } = await createStream();
    new RawClient(world, "192.0.2.11", 5000, { connection: 2 });
    client.allocate((w) => w.u32(StunAttribute.lifetime, 3600));
    world.advance(seconds(60));
    expect(world.outputs("close-client")).toMatchObject([{ connection: 2, reason: "no allocation" }]);
    world.advance(seconds(1000));
    expect(world.outputs("close-client")).toHaveLength(1);
  });

  test("too many streams, in all or from one address, are closed at once", async () => {
    const { world } = await createStream({ limits: { connections: 3, connectionsPerAddress: 2 } });
    for (const [connection, address] of [
      [2, "192.0.2.10"],
      [3, "192.0.2.10"],
      [4, "192.0.2.12"],
      [5, "192.0.2.13"],
    ] as const) {
      new RawClient(world, address, 5000, { connection });
    }
    expect(world.outputs("close-client").map(({ connection }) => connection)).toEqual([3, 5]);
    for (const connection of [3, 5, 2]) {
      world.handle({ kind: "closed", connection });
    }
    new RawClient(world, "192.0.2.10", 5000, { connection: 6 });
    expect(world.server.report().connections).toBe(3);
  });
});

describe("TCP towards peers (RFC 6062)", () => {
  async function createTcp(options: Parameters<typeof TurnWorld.create>[0] = {}) {
    const { world, client } = await createStream(options);
    expect(client.codeOf(allocate, tcp)).toBe(0);
    const [relay] = [...world.relays.keys()] as [number];
    return { world, client, relay, data: new RawClient(world, "192.0.2.10", 5001, { connection: 2 }) };
  }

  const connectionId =
    (id: number) =>
    (writer: StunWriter): StunWriter =>
      writer.u32(StunAttribute.connectionId, id);

  test("Connect is answered when the peer is reached; ConnectionBind joins the two streams", async () => {
    const { world, client, relay, data } = await createTcp();
    expect(world.relays.get(relay)?.transport).toBe("tcp");
    client.send(client.write(connect, peer(PEER)));
    const [wanted] = world.outputs("connect-peer");
    expect([wanted, client.received()]).toMatchObject([{ relay, to: PEER }, []]);
    const id = wanted?.peerConnection as number;
    world.handle({ kind: "peer-connected", peerConnection: id });
    const answer = StunMessage.parse(client.received()[0] as Uint8Array);
    expect([codeOf(answer), answer.u32(StunAttribute.connectionId)]).toEqual([0, id]);
    data.takeNonce();
    data.send(Uint8Array.of(...data.write(connectionBind, connectionId(id)), 0xff, 0xfe));
    expect(codeOf(StunMessage.parse(data.received()[0] as Uint8Array))).toBe(0);
    expect(world.outputs("bridge")).toEqual([
      { kind: "bridge", connection: 2, peerConnection: id, early: bytes(0xff, 0xfe) },
    ]);
    world.advance(seconds(300));
    expect(world.server.report().peerConnections).toBe(1);
    expect(world.server.admitStream(id, "to-peer", 600_000, world.nowUs)).toBe(true);
    expect(world.server.admitStream(id, "to-client", 600_000, world.nowUs)).toBe(false);
    world.handle({ kind: "peer-closed", peerConnection: id });
    expect(world.outputs("close-client")).toMatchObject([{ connection: 2 }]);
    world.handle({ kind: "closed", connection: 2 });
    expect([world.server.report().peerConnections, world.outputs("close-peer")]).toEqual([0, []]);
  });

  test("the client's end closes the peer's", async () => {
    const { world, client, data } = await createTcp();
    client.send(client.write(connect, peer(PEER)));
    const id = world.outputs("connect-peer")[0]?.peerConnection as number;
    world.handle({ kind: "peer-connected", peerConnection: id });
    expect(data.codeOf(connectionBind, connectionId(id))).toBe(0);
    world.handle({ kind: "closed", connection: 2 });
    expect(world.outputs("close-peer")).toEqual([{ kind: "close-peer", peerConnection: id }]);
    expect(world.server.report().peerConnections).toBe(0);
  });

  test("447 when the peer cannot be reached, or not within 30 s", async () => {
    const { world, client } = await createTcp();
    client.send(client.write(connect, peer(PEER)));
    world.handle({ kind: "peer-failed", peerConnection: world.outputs("connect-peer")[0]?.peerConnection as number });
    client.send(client.write(connect, peer(PEER)));
    world.advance(seconds(30) - 1);
    const codes = () => client.received().map((answer) => codeOf(StunMessage.parse(answer)));
    expect(codes()).toEqual([447]);
    world.advance(1);
    expect([codes(), world.outputs("close-peer").length]).toEqual([[447], 1]);
  });

  test("400, 403, 443, 446 and 508", async () => {
    const { world, client } = await createTcp({ limits: { peerConnectionsPerAllocation: 2 } });
    expect(client.codeOf(connect)).toBe(400);
    expect(client.codeOf(connect, peer(parseIpAddress("127.0.0.1", 80)))).toBe(403);
    expect(client.codeOf(connect, peer(parseIpAddress("2001:db8::1", 80)))).toBe(443);
    client.send(client.write(connect, peer(PEER)));
    expect(client.codeOf(connect, peer(PEER))).toBe(446);
    client.send(client.write(connect, peer({ ...PEER, port: 1 })));
    expect(client.codeOf(connect, peer({ ...PEER, port: 2 }))).toBe(508);
    const other = new RawClient(world, "192.0.2.10", 5009);
    other.allocate();
    expect(other.codeOf(connect, peer(PEER))).toBe(400);
  });

  test("442 where it is not offered; channels and Send indications are for UDP", async () => {
    const { client } = await createStream({ tcpRelay: false });
    expect(client.codeOf(allocate, tcp)).toBe(442);
    const { world, client: owner } = await createTcp();
    owner.codeOf(createPermission, peer(PEER));
    expect(owner.codeOf(channelBind, bind(0x4000, PEER))).toBe(400);
    owner.send(sendIndication(PEER, bytes(1)));
    expect([world.toPeers, world.server.report().counters.drops.family]).toEqual([[], 1]);
    for (const fill of [
      (w: StunWriter) => tcp(w).evenPort({ reserveNext: false }),
      (w: StunWriter) => tcp(w).attribute(StunAttribute.dontFragment),
      (w: StunWriter) => tcp(w).attribute(StunAttribute.reservationToken, new Uint8Array(8)),
    ]) {
      expect(new RawClient(world, "192.0.2.10", 6000, { connection: 9 }).codeOf(allocate, fill)).toBe(400);
      world.handle({ kind: "closed", connection: 9 });
    }
  });

  test("a peer that has a permission is announced and waits 30 s; one without is refused", async () => {
    const { world, client, relay, data } = await createTcp();
    world.handle({ kind: "peer-accepted", relay, accepted: 11, from: PEER });
    expect(world.outputs("refuse-peer")).toEqual([{ kind: "refuse-peer", accepted: 11 }]);
    client.codeOf(createPermission, peer(PEER));
    world.handle({ kind: "peer-accepted", relay, accepted: 12, from: PEER });
    const kept = world.outputs("keep-peer")[0]?.peerConnection as number;
    const attempt = StunMessage.parse(client.received()[0] as Uint8Array);
    expect([attempt.messageClass, attempt.method]).toEqual([StunClass.indication, StunMethod.connectionAttempt]);
    expect([attempt.u32(StunAttribute.connectionId), attempt.xorAddress(StunAttribute.xorPeerAddress)]).toEqual([
      kept,
      PEER,
    ]);
    world.handle({ kind: "peer-accepted", relay, accepted: 13, from: PEER });
    expect(world.outputs("refuse-peer")).toHaveLength(2);
    world.advance(seconds(30) - 1);
    expect(world.outputs("close-peer")).toEqual([]);
    world.advance(1);
    expect(world.outputs("close-peer")).toEqual([{ kind: "close-peer", peerConnection: kept }]);
    expect(data.codeOf(connectionBind, connectionId(kept))).toBe(400);
  });

  test("ConnectionBind is 400 for an unknown number, another user, a datagram, or the control stream", async () => {
    const { world, client, data } = await createTcp();
    client.send(client.write(connect, peer(PEER)));
    const id = world.outputs("connect-peer")[0]?.peerConnection as number;
    world.handle({ kind: "peer-connected", peerConnection: id });
    client.received();
    const bob = new RawClient(world, "192.0.2.10", 7000, { user: "bob", password: "builder", connection: 3 });
    const datagram = new RawClient(world, "192.0.2.10", 7001);
    expect(data.codeOf(connectionBind, connectionId(id + 1))).toBe(400);
    expect([bob, datagram, client].map((each) => each.codeOf(connectionBind, connectionId(id)))).toEqual([
      400, 400, 400,
    ]);
    expect(data.codeOf(connectionBind, connectionId(id))).toBe(0);
  });

  test("the end of the control stream closes peers and data streams", async () => {
    const { world, client, data } = await createTcp();
    for (const port of [1, 2]) {
      client.send(client.write(connect, peer({ ...PEER, port })));
    }
    const ids = world.outputs("connect-peer").map(({ peerConnection }) => peerConnection);
    world.handle({ kind: "peer-connected", peerConnection: ids[0] as number });
    expect(data.codeOf(connectionBind, connectionId(ids[0] as number))).toBe(0);
    world.handle({ kind: "closed", connection: 1 });
    expect(world.outputs("close-peer").map(({ peerConnection }) => peerConnection)).toEqual(ids);
    expect(world.outputs("close-client").map(({ connection }) => connection)).toEqual([2]);
    expect(world.server.report()).toMatchObject({ allocations: 0, peerConnections: 0 });
    world.handle({ kind: "closed", connection: 2 });
    expect(world.server.deadlineUs).toBeUndefined();
  });
});
