// The TURN client against the TURN server, over datagrams and streams, on good and bad links, and against forged answers.
import { describe, expect, test } from "vitest";
import { parseIpAddress, type TransportAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { milliseconds, seconds } from "../../../src/core/time/units.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { CLIENT, createLink, Link } from "./client-link.js";
import { channelData, PEER, PEER_6, RELAY_4, sendIndication, TurnWorld } from "./turn-world.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
describe.each([
  ["datagrams", undefined],
  ["a stream", 1],
] as const)("over %s", (_, connection) => {
  const options = connection === undefined ? {} : { connection };

  test("allocates after one challenge and tells its addresses", async () => {
    const { world, link } = await createLink(options);
    link.handle({ kind: "start" });
    const port = [...world.relays.values()][0]?.port as number;
    expect(link.log).toEqual([
      {
        kind: "allocated",
        relayedAddresses: [{ ...RELAY_4, port }],
        mappedAddress: CLIENT,
        lifetimeSeconds: 600,
        addressError: undefined,
      },
    ]);
    expect([link.sent.length, link.client.state]).toEqual([2, "allocated"]);
  });

  test("sends and receives by indication, then by channel", async () => {
    const { world, link } = await createLink(options);
    link.handle({ kind: "send", peer: PEER, bytes: bytes(0) });
    link.handle({ kind: "permit", peer: PEER });
    link.handle({ kind: "start" });
    link.handle({ kind: "send", peer: PEER, bytes: bytes(1, 2, 3) });
    const [relay] = [...world.relays.keys()] as [number];
    world.fromPeer(relay, PEER, bytes(4, 5));
    link.settle();
    link.handle({ kind: "bind", peer: PEER });
    link.handle({ kind: "send", peer: PEER, bytes: bytes(6, 7, 8, 9, 10) });
    world.fromPeer(relay, PEER, bytes(11));
    link.settle();
    expect(world.toPeers.map((packet) => [...packet.bytes])).toEqual([
      [1, 2, 3],
      [6, 7, 8, 9, 10],
    ]);
    expect(link.outputs("data").map((data) => [data.peer, [...data.bytes]])).toEqual([
      [PEER, [4, 5]],
      [PEER, [11]],
    ]);
    expect(link.outputs("permitted")).toEqual([{ kind: "permitted", peer: PEER }]);
    expect(link.outputs("bound")).toEqual([{ kind: "bound", peer: PEER, channel: 0x4000 }]);
    expect(link.sent.at(-1)?.length).toBe(connection === undefined ? 9 : 12);
    expect(link.client.unsent).toBe(1);
  });

  test("keeps allocation, permissions and channels for hours, through stale nonces", async () => {
    const { world, link } = await createLink(options);
    link.handle({ kind: "start" });
    link.handle({ kind: "permit", peer: PEER });
    link.handle({ kind: "bind", peer: { ...PEER, port: 9 } });
    for (let minutes = 0; minutes < 180; minutes++) {
      link.advance(seconds(60));
      link.handle({ kind: "send", peer: PEER, bytes: bytes(1) });
      link.handle({ kind: "send", peer: { ...PEER, port: 9 }, bytes: bytes(2) });
    }
    expect(world.toPeers).toHaveLength(360);
    expect(world.server.report().counters.errors["438"]).toBeGreaterThan(10);
    expect(link.log.map(({ kind }) => kind).sort()).toEqual(["allocated", "bound", "permitted", "permitted"]);
  });

  test("gives its allocation back, also when it is gone already", async () => {
    const { world, link } = await createLink(options);
    link.handle({ kind: "start" });
    link.handle({ kind: "stop" });
    expect([link.log.at(-1), world.server.report().allocations]).toEqual([{ kind: "released" }, 0]);
    expect([link.client.state, link.client.deadlineUs]).toEqual(["ended", undefined]);
  });

  test("stopped while it allocates, it gives back what it gets, and says so once", async () => {
    const { world, link } = await createLink(options);
    world.onOpenRelay = () => "silent";
    link.handle({ kind: "start" });
    link.handle({ kind: "stop" });
    expect([link.log, link.client.state]).toEqual([[], "allocating"]);
    world.handle({ kind: "relay-opened", relay: world.outputs("open-relay")[0]?.relay as number });
    link.settle();
    expect([link.log, world.server.report().allocations]).toEqual([[{ kind: "released" }], 0]);
    const early = await createLink(options);
    early.link.client.handle({ kind: "start" }, 0);
    early.link.handle({ kind: "stop" });
    expect([early.link.log, early.world.server.report().allocations]).toEqual([[{ kind: "released" }], 0]);
    const refused = await createLink(options, { limits: { allocations: 0 } });
    refused.world.onOpenRelay = () => "silent";
    refused.link.client.handle({ kind: "start" }, 0);
    refused.link.settle();
    expect(refused.link.log).toMatchObject([{ kind: "failed" }]);
  });

  test("sends 65 000 bytes at most; more is dropped and counted", async () => {
    const { link } = await createLink(options);
    link.handle({ kind: "start" });
    link.handle({ kind: "permit", peer: PEER });
    const before = link.sent.length;
    link.client.handle({ kind: "send", peer: PEER, bytes: new Uint8Array(65_001) }, 0);
    expect([link.client.poll(), link.client.unsent]).toEqual([undefined, 1]);
    link.client.handle({ kind: "send", peer: PEER, bytes: new Uint8Array(65_000) }, 0);
    expect([link.client.poll()?.kind, link.sent.length]).toEqual(["send", before]);
  });

  test("a wrong password ends after two requests", async () => {
    const { link } = await createLink({ ...options, password: "wrong" });
    link.handle({ kind: "start" });
    expect([link.log, link.sent.length]).toEqual([[{ kind: "failed", reason: { kind: "unauthorized" } }], 2]);
  });

  test("refusals are told: of the allocation, and of a peer", async () => {
    const full = await createLink(options, { limits: { allocations: 0 } });
    full.link.handle({ kind: "start" });
    expect(full.link.log).toMatchObject([{ kind: "failed", reason: { kind: "refused", code: 486 } }]);
    const { link } = await createLink({ ...options, maxPeers: 1 });
    link.handle({ kind: "start" });
    const inside = parseIpAddress("10.0.0.1", 80);
    link.handle({ kind: "bind", peer: inside });
    link.handle({ kind: "permit", peer: PEER });
    link.handle({ kind: "permit", peer: { ...PEER, port: 1 } });
    expect(link.outputs("peer-refused").map(({ peer, code }) => [peer, code])).toEqual([
      [inside, 403],
      [{ ...PEER, port: 1 }, 508],
    ]);
  });

  test("two families", async () => {
    const { world, link } = await createLink({ ...options, family: "both" });
    link.handle({ kind: "start" });
    link.handle({ kind: "bind", peer: PEER_6 });
    link.handle({ kind: "send", peer: PEER_6, bytes: bytes(1) });
    expect(link.outputs("allocated")[0]?.relayedAddresses.map(({ family }) => family)).toEqual([4, 6]);
    expect(world.toPeers).toMatchObject([{ to: "[2001:db8:77::1]:7000" }]);
    const single = await createLink({ ...options, family: "both" }, { relayAddresses: [RELAY_4] });
    single.link.handle({ kind: "start" });
    expect(single.link.outputs("allocated")[0]?.addressError).toEqual({ family: 6, code: 440 });
  });

  test("the end of its socket fails it, and a broken stream too", async () => {
    const { link } = await createLink(options);
    link.handle({ kind: "start" });
    link.handle(connection === undefined ? { kind: "closed" } : { kind: "received", bytes: bytes(0xff, 0, 0, 0) });
    const reason = { kind: connection === undefined ? "closed" : "malformed" };
    expect([link.log.at(-1), link.client.deadlineUs]).toEqual([{ kind: "failed", reason }, undefined]);
    link.handle({ kind: "send", peer: PEER, bytes: bytes(1) });
    link.handle({ kind: "permit", peer: PEER });
    link.handle({ kind: "stop" });
    expect(link.log).toHaveLength(2);
  });
});

test("data of one segment are views of it; what came in pieces is not overwritten by what follows", async () => {
  const { world, link } = await createLink({ connection: 1 });
  link.handle({ kind: "start" });
  link.handle({ kind: "bind", peer: PEER });
  link.handle({ kind: "bind", peer: { ...PEER, port: 9 } });
  const [first, second] = [channelData(0x4000, bytes(1, 2, 3, 4)), channelData(0x4001, bytes(5, 6, 7, 8))];
  link.client.handle({ kind: "received", bytes: first.subarray(0, 6) }, world.nowUs);
  const rest = Uint8Array.of(...first.subarray(6), ...second, ...first.subarray(0, 7));
  link.client.handle({ kind: "received", bytes: rest }, world.nowUs);
  link.client.handle({ kind: "received", bytes: Uint8Array.of(...first.subarray(7)) }, world.nowUs);
  const data: Uint8Array[] = [];
  for (let output = link.client.poll(); output !== undefined; output = link.client.poll()) {
    if (output.kind === "data") {
      data.push(output.bytes);
    }
  }
  expect(data.map((each) => [...each])).toEqual([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [1, 2, 3, 4],
  ]);
  expect(data.map((each) => each.buffer === rest.buffer)).toEqual([false, true, false]);
});

test("asks for SHA-256 where the server offers it, as it does on streams", async () => {
  const { link } = await createLink({ connection: 1 });
  link.handle({ kind: "start" });
  const request = StunMessage.parse(link.sent[1] as Uint8Array);
  expect([request.integrityAt, request.integritySha256At > 0]).toEqual([0, true]);
  expect(request.value(StunAttribute.passwordAlgorithm)).toEqual(bytes(0, 2, 0, 0));
});

test("no answer at all fails after 39.5 s", async () => {
  const { link } = await createLink();
  link.loses = () => true;
  link.handle({ kind: "start" });
  link.advance(milliseconds(39_500) - 1);
  expect(link.log).toEqual([]);
  link.advance(1);
  expect(link.log).toEqual([{ kind: "failed", reason: { kind: "timeout", unsignedCode: 0 } }]);
});

test("a server that is gone is noticed at the next refresh", async () => {
  const { link } = await createLink();
  link.handle({ kind: "start" });
  link.handle({ kind: "permit", peer: PEER });
  link.loses = () => true;
  link.advance(seconds(700));
  expect(link.log.slice(2)).toEqual([
    { kind: "peer-refused", peer: PEER, code: 0 },
    { kind: "failed", reason: { kind: "timeout", unsignedCode: 0 } },
  ]);
});

test("an answer that is not signed by the server, or for another request, is not believed", async () => {
  const world = await TurnWorld.create();
  const link = new Link(world);
  link.loses = () => true;
  link.handle({ kind: "start" });
  const answer = (request: Uint8Array, messageClass: StunClass, fill: (writer: StunWriter) => unknown): Uint8Array => {
    const { method, transactionId } = StunMessage.parse(request);
    const writer = new StunWriter(new Uint8Array(500)).start(messageClass, method, transactionId);
    fill(writer);
    return writer.finishCopy();
  };
  const challenge = (writer: StunWriter): StunWriter =>
    writer.errorCode(401).text(StunAttribute.realm, "floe").text(StunAttribute.nonce, "n");
  const allocated = (writer: StunWriter): StunWriter =>
    writer
      .xorAddress(StunAttribute.xorRelayedAddress, RELAY_4)
      .xorAddress(StunAttribute.xorMappedAddress, CLIENT)
      .u32(StunAttribute.lifetime, 600);
  link.handle({ kind: "received", bytes: answer(link.sent[0] as Uint8Array, StunClass.success, allocated) });
  link.handle({ kind: "received", bytes: answer(link.sent[0] as Uint8Array, StunClass.error, challenge) });
  const signed = link.sent[1] as Uint8Array;
  for (const forged of [
    answer(signed, StunClass.success, allocated),
    answer(signed, StunClass.success, (w) => allocated(w).integrity(StunKey.longTerm("alice", "floe", "x"))),
    answer(signed, StunClass.error, (w) => w.errorCode(403)),
    sendIndication(PEER, bytes(1)),
    bytes(0x40, 0, 0, 1, 9),
    bytes(0, 1, 2),
  ]) {
    link.handle({ kind: "received", bytes: forged });
  }
  expect([link.log, link.client.ignored, link.client.state]).toEqual([[], 7, "allocating"]);
  const key = StunKey.longTerm("alice", "floe", "wonder");
  link.handle({ kind: "received", bytes: answer(signed, StunClass.success, (w) => allocated(w).integrity(key)) });
  expect(link.log).toMatchObject([{ kind: "allocated" }]);
});

test("an unsigned refusal of a signed request is told when nothing better came", async () => {
  const { world, link } = await createLink();
  link.handle({ kind: "start" });
  link.handle({ kind: "permit", peer: PEER });
  expect(link.client.state).toBe("allocated");
  link.loses = () => true;
  link.advance(seconds(540));
  const refresh = link.sent
    .filter((each) => StunMessage.parse(each).method === StunMethod.refresh)
    .at(-1) as Uint8Array;
  const { method, transactionId } = StunMessage.parse(refresh);
  const writer = new StunWriter(new Uint8Array(100)).start(StunClass.error, method, transactionId).errorCode(500);
  link.handle({ kind: "received", bytes: writer.finish() });
  link.advance(seconds(60));
  expect(link.log.at(-1)).toEqual({ kind: "failed", reason: { kind: "timeout", unsignedCode: 500 } });
  expect(world.server.report().allocations).toBe(0);
});

test("client and server agree over a link that loses every fifth datagram", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = new SeededRandom(seed);
    const { world, link } = await createLink();
    link.loses = () => random.integer(5) === 0;
    link.handle({ kind: "start" });
    const peers: TransportAddress[] = [PEER, { ...PEER, port: 8 }, parseIpAddress("198.51.100.200", 1)];
    link.handle({ kind: "permit", peer: peers[0] as TransportAddress });
    link.handle({ kind: "bind", peer: peers[1] as TransportAddress });
    link.advance(seconds(40));
    link.handle({ kind: "bind", peer: peers[2] as TransportAddress });
    link.advance(seconds(3000));
    expect(link.outputs("failed")).toEqual([]);
    expect(link.outputs("permitted")).toHaveLength(3);
    expect(world.server.report()).toMatchObject({ allocations: 1, permissions: 2, channels: 2 });
    link.handle({ kind: "stop" });
    link.advance(seconds(60));
    expect([link.client.state, link.log.at(-1)]).toEqual(["ended", { kind: "released" }]);
    world.advance(seconds(4000));
    expect(world.server.report()).toMatchObject({ allocations: 0, permissions: 0, channels: 0 });
  }
});

describe("what it refreshes, and when", () => {
  const refreshes = (link: Link, method: number): number =>
    link.sent.filter((each) => StunMessage.parse(each).method === method).length;

  test.each([
    ["60 s before its end", 600, 540],
    ["at half time where that is later", 60, 30],
  ])("the allocation %s", async (_, lifetimeSeconds, atSeconds) => {
    const limits = { lifetimeUs: seconds(lifetimeSeconds), maxLifetimeUs: seconds(lifetimeSeconds) };
    const { link } = await createLink({}, { limits });
    link.handle({ kind: "start" });
    link.advance(seconds(atSeconds) - 1);
    expect(refreshes(link, StunMethod.refresh)).toBe(0);
    link.advance(1);
    expect(refreshes(link, StunMethod.refresh)).toBe(1);
    link.advance(seconds(atSeconds));
    expect(refreshes(link, StunMethod.refresh)).toBeGreaterThan(1);
    expect(link.client.state).toBe("allocated");
  });

  test("permissions and channels every 240 s, a channel's refresh being its permission's", async () => {
    const { link } = await createLink();
    link.handle({ kind: "start" });
    link.handle({ kind: "permit", peer: PEER });
    link.handle({ kind: "bind", peer: { ...PEER, port: 9 } });
    const counts = (): number[] => [StunMethod.createPermission, StunMethod.channelBind].map((m) => refreshes(link, m));
    link.advance(seconds(240) - 1);
    expect(counts()).toEqual([1, 1]);
    link.advance(1);
    expect(counts()).toEqual([2, 2]);
    link.advance(seconds(240));
    expect(counts()).toEqual([3, 3]);
  });

  test("a permission that the server takes back is told, and its data is no longer sent", async () => {
    const { world, link } = await createLink();
    link.handle({ kind: "start" });
    link.handle({ kind: "bind", peer: PEER });
    world.server.policy.setOwnAddresses([PEER]);
    link.advance(seconds(240));
    expect(link.outputs("peer-refused")).toEqual([{ kind: "peer-refused", peer: PEER, code: 403 }]);
    link.handle({ kind: "send", peer: PEER, bytes: bytes(1) });
    expect([world.toPeers, link.client.unsent]).toEqual([[], 1]);
  });

  test("a way by UDP every 15 s in which nothing was sent; a stream needs none", async () => {
    const { world, link } = await createLink();
    const bindings = (): number => refreshes(link, StunMethod.binding);
    link.handle({ kind: "start" });
    link.handle({ kind: "permit", peer: PEER });
    link.advance(seconds(15) - 1);
    expect(bindings()).toBe(0);
    link.advance(1);
    expect([bindings(), world.server.report().counters.ignored]).toEqual([1, 1]);
    link.advance(seconds(10));
    link.handle({ kind: "send", peer: PEER, bytes: bytes(1) });
    link.advance(seconds(15) - 1);
    expect(bindings()).toBe(1);
    link.advance(1);
    expect(bindings()).toBe(2);
    link.handle({ kind: "stop" });
    expect(link.client.deadlineUs).toBeUndefined();
    const stream = await createLink({ connection: 1 });
    stream.link.handle({ kind: "start" });
    stream.link.advance(seconds(60));
    expect(refreshes(stream.link, StunMethod.binding)).toBe(0);
  });
});
