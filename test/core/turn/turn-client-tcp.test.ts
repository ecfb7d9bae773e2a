// The TURN client's TCP relays (RFC 6062) against the TURN server: Connect, ConnectionAttempt and data connections.
import { describe, expect, test } from "vitest";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { milliseconds, seconds } from "../../../src/core/time/units.js";
import { createLink, DataLink } from "./client-link.js";
import { nextId, PEER, type TurnWorld } from "./turn-world.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

async function allocated(server: Parameters<typeof TurnWorld.create>[0] = {}) {
  const { world, link } = await createLink({ connection: 1, relay: "tcp" }, server);
  link.handle({ kind: "start" });
  const [relay] = [...world.relays.keys()] as [number];
  return { world, link, relay };
}

/** The number of a connection to PEER that is open on the server's side. */
function connected({ world, link }: Awaited<ReturnType<typeof allocated>>): number {
  link.handle({ kind: "connect", peer: PEER });
  const peerConnection = world.outputs("connect-peer").at(-1)?.peerConnection as number;
  world.handle({ kind: "peer-connected", peerConnection });
  link.settle();
  return link.outputs("peer-connected").at(-1)?.connectionId as number;
}

describe("Connect", () => {
  test("reaches a peer; a data connection becomes its pipe, with what came early", async () => {
    const all = await allocated();
    expect(all.world.relays.get(all.relay)?.transport).toBe("tcp");
    const id = connected(all);
    expect(all.link.outputs("peer-connected")).toEqual([{ kind: "peer-connected", peer: PEER, connectionId: id }]);
    const data = new DataLink(all.world, all.link.client.dataConnection(id), 2);
    data.handle({ kind: "start" }, [7, 8]);
    expect(data.log).toEqual([{ kind: "joined", early: bytes(7, 8) }]);
    expect(data.sent).toHaveLength(1);
    expect(all.world.outputs("bridge")).toMatchObject([{ connection: 2, peerConnection: id }]);
  });

  test("a data connection that begins with a stale nonce asks once more, for the control connection too", async () => {
    const all = await allocated();
    all.link.advance(seconds(590));
    const id = connected(all);
    all.link.advance(seconds(20));
    const data = new DataLink(all.world, all.link.client.dataConnection(id), 2);
    data.handle({ kind: "start" });
    expect([data.sent.length, data.log[0]?.kind]).toEqual([2, "joined"]);
    const before = all.link.sent.length;
    all.link.handle({ kind: "permit", peer: PEER });
    expect([all.link.sent.length - before, all.link.outputs("permitted").length]).toEqual([1, 1]);
  });

  test("tells why a peer was not reached: 447, 403 and 446, and 437 before there is an allocation", async () => {
    const { link: early } = await createLink({ connection: 1, relay: "tcp" });
    early.handle({ kind: "connect", peer: PEER });
    expect(early.outputs("connect-refused")).toMatchObject([{ peer: PEER, reason: { code: 437 } }]);
    const { world, link } = await allocated();
    link.handle({ kind: "connect", peer: PEER });
    link.handle({ kind: "connect", peer: PEER });
    const inside = parseIpAddress("127.0.0.1", 80);
    link.handle({ kind: "connect", peer: inside });
    link.advance(seconds(30));
    const refused = link.outputs("connect-refused").map(({ peer, reason }) => [peer, "code" in reason && reason.code]);
    expect(refused).toEqual([
      [PEER, 446],
      [inside, 403],
      [PEER, 447],
    ]);
    expect(world.outputs("close-peer")).toHaveLength(1);
  });

  test("has no more than 64 open, and counts those that came to an end out", async () => {
    const { world, link } = await allocated({ limits: { peerConnectionsPerAllocation: 100 } });
    for (let port = 1; port <= 65; port++) {
      link.handle({ kind: "connect", peer: { ...PEER, port } });
    }
    expect(link.outputs("connect-refused")).toMatchObject([{ peer: { port: 65 }, reason: { code: 508 } }]);
    const [first, second] = world.outputs("connect-peer").map(({ peerConnection }) => peerConnection);
    world.handle({ kind: "peer-connected", peerConnection: first as number });
    world.handle({ kind: "peer-failed", peerConnection: second as number });
    link.settle();
    for (let port = 101; port <= 103; port++) {
      link.handle({ kind: "connect", peer: { ...PEER, port } });
    }
    expect(link.outputs("connect-refused").map(({ peer }) => peer.port)).toEqual([65, 2, 103]);
  });

  test("is not answered: refused after 39.5 s (Ti)", async () => {
    const { link } = await allocated();
    link.handle({ kind: "connect", peer: PEER });
    link.client.tick(milliseconds(1_000 + 39_500) - 1);
    link.settle();
    expect(link.outputs("connect-refused")).toEqual([]);
    link.client.tick(milliseconds(1_000 + 39_500));
    link.settle();
    expect(link.outputs("connect-refused")).toMatchObject([{ reason: { kind: "timeout" } }]);
  });
});

describe("ConnectionAttempt", () => {
  test("a permitted peer that connects is told, and its connection can be bound within 30 s", async () => {
    const { world, link, relay } = await allocated();
    link.handle({ kind: "permit", peer: PEER });
    for (const [accepted, waits] of [
      [1, seconds(29)],
      [2, seconds(30)],
    ] as const) {
      const from = { ...PEER, port: 7000 + accepted };
      world.handle({ kind: "peer-accepted", relay, accepted, from });
      link.settle();
      const attempt = link.outputs("peer-attempted").at(-1);
      expect(attempt?.peer).toEqual(from);
      link.advance(waits);
      const data = new DataLink(world, link.client.dataConnection(attempt?.connectionId as number), 10 + accepted);
      data.handle({ kind: "start" });
      expect(data.log).toMatchObject([
        accepted === 1 ? { kind: "joined" } : { kind: "failed", reason: { kind: "refused", code: 400 } },
      ]);
    }
  });

  test("of a host that was not let in is ignored, and so is one without a number", async () => {
    const { link } = await allocated();
    const attempt = (fill: (writer: StunWriter) => unknown): Uint8Array => {
      const writer = new StunWriter(new Uint8Array(200));
      writer.start(StunClass.indication, StunMethod.connectionAttempt, nextId());
      fill(writer.xorAddress(StunAttribute.xorPeerAddress, PEER));
      return writer.finishCopy();
    };
    link.handle({ kind: "received", bytes: attempt((writer) => writer.u32(StunAttribute.connectionId, 5)) });
    link.handle({ kind: "permit", peer: PEER });
    link.handle({ kind: "received", bytes: attempt(() => {}) });
    expect([link.outputs("peer-attempted"), link.client.ignored]).toEqual([[], 2]);
  });
});

describe("a data connection", () => {
  test("fails when its stream ends, breaks, or stays without an answer for 39.5 s, and then says nothing more", async () => {
    const all = await allocated();
    for (const [input, reason] of [
      [{ kind: "closed" }, { kind: "closed" }],
      [{ kind: "received", bytes: bytes(0xff, 0, 0, 0) }, { kind: "malformed" }],
    ] as const) {
      const machine = all.link.client.dataConnection(1);
      machine.handle({ kind: "start" }, 0);
      expect(machine.poll()?.kind).toBe("send");
      machine.handle(input, 0);
      expect([machine.poll(), machine.poll(), machine.deadlineUs]).toEqual([
        { kind: "failed", reason },
        undefined,
        undefined,
      ]);
      machine.handle({ kind: "closed" }, 0);
      machine.handle({ kind: "start" }, 0);
      expect(machine.poll()).toBeUndefined();
    }
    const silent = all.link.client.dataConnection(1);
    silent.handle({ kind: "start" }, 0);
    silent.poll();
    silent.tick(milliseconds(39_500) - 1);
    expect(silent.poll()).toBeUndefined();
    silent.tick(milliseconds(39_500));
    expect(silent.poll()).toEqual({ kind: "failed", reason: { kind: "timeout", unsignedCode: 0 } });
  });

  test("believes no success that is not signed", async () => {
    const all = await allocated();
    const machine = all.link.client.dataConnection(1);
    machine.handle({ kind: "start" }, 0);
    const request = machine.poll();
    const { transactionId } = StunMessage.parse(request?.kind === "send" ? request.bytes : bytes());
    const forged = new StunWriter(new Uint8Array(100)).start(
      StunClass.success,
      StunMethod.connectionBind,
      transactionId,
    );
    machine.handle({ kind: "received", bytes: forged.finishCopy() }, 0);
    expect(machine.poll()).toBeUndefined();
    machine.tick(milliseconds(39_500));
    expect(machine.poll()?.kind).toBe("failed");
  });
});
