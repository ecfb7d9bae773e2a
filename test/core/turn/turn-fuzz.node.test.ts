// A million hostile messages for each kind of door: the server by datagram and by stream, the client, the parser. Nothing throws
// but WireError, nothing grows beyond its bound. In Node only: in a browser the same million would teach nothing new.
import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { WireError } from "../../../src/core/error/floe-error.js";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { seconds } from "../../../src/core/time/units.js";
import { TurnClientMachine } from "../../../src/core/turn/client/turn-client-machine.js";
import { RelayBatch } from "../../../src/core/turn/relay-batch.js";
import { StaticCredentials } from "../../../src/core/turn/server/credentials.js";
import { TurnServerMachine } from "../../../src/core/turn/server/turn-server-machine.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawAddress, drawMessage } from "../stun/stun-noise.js";
import {
  bind,
  channelData,
  nextId,
  PEER,
  RawClient,
  RELAY_4,
  RELAY_6,
  sendIndication,
  TurnWorld,
} from "./turn-world.js";

const CAPACITY = 64;
const LIMITS = {
  allocations: 40,
  permissionsPerAllocation: 8,
  channelsPerAllocation: 8,
  connections: 50,
  waitingRequests: 16,
};

/** Messages to start from: of every method, some of them whole requests. */
function templates(random: SeededRandom): Uint8Array[] {
  const requests = Object.values(StunMethod).map((method) => {
    const writer = new StunWriter(new Uint8Array(600)).start(StunClass.request, method, nextId());
    writer.octet(StunAttribute.requestedTransport, 17).xorAddress(StunAttribute.xorPeerAddress, PEER);
    return writer.channelNumber(0x4000).u32(StunAttribute.lifetime, 600).fingerprint().finishCopy();
  });
  const drawn = Array.from({ length: 40 }, () => drawMessage(random, { maxAttributes: 5 }));
  const data = [channelData(0x4000, random.bytes(30)), sendIndication(PEER, random.bytes(20))];
  return [...requests, ...drawn, ...data, random.bytes(60), new Uint8Array()];
}

/** Copies a template into the arena and changes a few bytes there: cheap, so that there can be many. */
function mutateInto(random: SeededRandom, bytes: Uint8Array, at: number, template: Uint8Array): number {
  bytes.set(template, at);
  for (let left = random.integer(4); left > 0 && template.length > 0; left--) {
    // Half of the changes hit the header and the first attributes, where the structure is.
    const reach = random.integer(2) === 0 ? Math.min(32, template.length) : template.length;
    bytes[at + random.integer(reach)] = random.integer(256);
  }
  return random.integer(8) === 0 ? random.integer(template.length + 1) : template.length;
}

async function createServer() {
  const arena = Arena.create({ sizeBytes: 1 << 20 });
  const kernels = await loadKernels(arena);
  const entropy = new SeededEntropy(8);
  const credentials = new StaticCredentials(new Map([["alice", new Secret("wonder")]]), { realm: "floe", entropy });
  const sent = { packets: 0 };
  const server = new TurnServerMachine({
    arena,
    kernels,
    entropy,
    credentials,
    relayAddresses: [RELAY_4, RELAY_6],
    limits: LIMITS,
    port: { send: (batch) => (sent.packets += batch.count) },
  });
  const batch = new RelayBatch({ kernels, arena, name: "fuzz", entropy, capacity: CAPACITY });
  return { arena, server, batch, sent };
}

/** Drains outputs; sockets open at once. */
function drain(server: TurnServerMachine, nowUs: number): number {
  let count = 0;
  for (let output = server.poll(); output !== undefined; output = server.poll()) {
    count++;
    if (output.kind === "open-relay") {
      server.handle({ kind: "relay-opened", relay: output.relay }, nowUs);
    } else if (output.kind === "close-client") {
      server.handle({ kind: "closed", connection: output.connection }, nowUs);
    }
  }
  return count;
}

test("a million mutated datagrams from clients and peers: no exception, one answer a message at most, state within its bounds", async () => {
  const { arena, server, batch } = await createServer();
  const random = new SeededRandom(1);
  const pool = templates(random);
  let nowUs = 0;
  for (let round = 0; round < 1_000_000 / CAPACITY; round++) {
    for (let i = 0; i < CAPACITY; i++) {
      const template = pool[random.integer(pool.length)] as Uint8Array;
      const lengthBytes = mutateInto(random, batch.memory.bytes, batch.slotAddress(i), template);
      batch.setReceived(i, lengthBytes, 1, 4, random.integer(4), 0xc6336401, 0, 0, 0);
    }
    batch.count = CAPACITY;
    server.handle({ kind: round % 8 === 0 ? "from-peers" : "from-clients", batch }, nowUs);
    if (drain(server, nowUs) > CAPACITY) {
      throw new Error(`more outputs than messages in round ${round}`);
    }
    nowUs += 1000;
    server.tick(nowUs);
  }
  expect(server.report()).toMatchObject({ allocations: 0, permissions: 0, channels: 0 });
  expect(server.report().counters.requests).toBeGreaterThan(100_000);
  expect(arena.isCanaryIntact()).toBe(true);
}, 300_000);

test("a hundred thousand signed requests with random attributes: no exception, every bound kept, nothing left when time is over", async () => {
  const world = await TurnWorld.create({ limits: { ...LIMITS, allocationsPerUser: 100, allocationsPerAddress: 100 } });
  const random = new SeededRandom(2);
  const clients = Array.from({ length: 30 }, (_, i) => {
    const connection = i % 3 === 0 ? { connection: i } : {};
    return new RawClient(world, `192.0.2.${1 + i}`, 5000, connection);
  });
  const methods = [3, 3, 4, 8, 9, 10, 11] as const;
  world.onOpenRelay = () => (["opened", "opened", "failed", "silent"] as const)[random.integer(4)] as "opened";
  for (let round = 0; round < 100_000; round++) {
    const client = clients[random.integer(clients.length)] as RawClient;
    if (round % 2000 === 0) {
      for (const each of clients) {
        each.nonce = "";
      }
      world.advance(seconds(random.integer(700)));
    }
    if (client.nonce === "") {
      client.send(client.write(3, (w) => w.octet(StunAttribute.requestedTransport, 17), { sign: false }));
      const [challenge] = client.received().slice(-1);
      client.nonce = challenge === undefined ? "" : (StunMessage.parse(challenge).text(StunAttribute.nonce) ?? "");
    }
    client.send(
      client.write(methods[random.integer(methods.length)] as 3, (writer) => randomAttributes(random, writer)),
    );
    client.received();
    if (random.integer(3) === 0) {
      client.send(channelData(0x4000 + random.integer(4), random.bytes(12)));
      world.fromPeer(random.integer(200), PEER, random.bytes(9));
    }
    if (round % 500 === 0) {
      const { allocations, permissions, channels } = world.server.report();
      expect(allocations).toBeLessThanOrEqual(LIMITS.allocations);
      expect(permissions).toBeLessThanOrEqual(allocations * LIMITS.permissionsPerAllocation);
      expect(channels).toBeLessThanOrEqual(allocations * LIMITS.channelsPerAllocation);
      world.log.length = 0;
      world.toPeers.length = 0;
    }
  }
  expect(world.server.report().counters.allocationsMade).toBeGreaterThan(100);
  for (const { connection } of clients) {
    if (connection !== undefined) {
      world.handle({ kind: "closed", connection });
    }
  }
  world.advance(seconds(4000));
  expect(world.server.report()).toMatchObject({
    allocations: 0,
    permissions: 0,
    channels: 0,
    reservations: 0,
    peerConnections: 0,
    connections: 0,
  });
  expect([world.relays.size, world.server.deadlineUs]).toEqual([0, undefined]);
}, 300_000);

function randomAttributes(random: SeededRandom, writer: StunWriter): void {
  const pick = [
    () => writer.octet(StunAttribute.requestedTransport, [17, 17, 17, 6, 1][random.integer(5)] as number),
    () => writer.u32(StunAttribute.lifetime, [0, 1, 600, 4_000_000_000][random.integer(4)] as number),
    () => writer.xorAddress(StunAttribute.xorPeerAddress, random.integer(2) === 0 ? PEER : drawAddress(random)),
    () => writer.channelNumber(0x4000 + random.integer(12) - 1),
    () => writer.evenPort({ reserveNext: random.integer(2) === 0 }),
    () => writer.family(StunAttribute.requestedAddressFamily, random.integer(2) === 0 ? 4 : 6),
    () => writer.family(StunAttribute.additionalAddressFamily, 6),
    () => writer.attribute(StunAttribute.reservationToken, random.bytes(8)),
    () => writer.u32(StunAttribute.connectionId, random.integer(5)),
    () => writer.attribute(StunAttribute.dontFragment),
    () => writer.attribute(random.integer(0x30), random.bytes(random.integer(20))),
  ];
  for (let left = random.integer(4); left >= 0; left--) {
    (pick[random.integer(pick.length)] as () => unknown)();
  }
  bind(0x4000, PEER)(writer);
}

test("two hundred thousand segments of noise and cut messages on streams: no exception, few connections, one frame held each", async () => {
  const { arena, server } = await createServer();
  const random = new SeededRandom(3);
  const pool = templates(random);
  const segment = new Uint8Array(256);
  let nowUs = 0;
  let next = 0;
  const open: number[] = [];
  for (let round = 0; round < 200_000; round++) {
    nowUs += 100;
    if (open.length < 20) {
      open.push(++next);
      server.handle({ kind: "opened", connection: next, remote: parseIpAddress("192.0.2.1", next & 0xffff) }, nowUs);
    }
    const at = random.integer(open.length);
    const template = (pool[random.integer(pool.length)] as Uint8Array).subarray(0, segment.length);
    const lengthBytes = mutateInto(random, segment, 0, template);
    server.handle({ kind: "segment", connection: open[at] as number, bytes: segment.subarray(0, lengthBytes) }, nowUs);
    for (let output = server.poll(); output !== undefined; output = server.poll()) {
      if (output.kind === "close-client") {
        server.handle({ kind: "closed", connection: output.connection }, nowUs);
        open.splice(open.indexOf(output.connection), 1);
      }
    }
    server.tick(nowUs);
  }
  expect(server.report().connections).toBeLessThanOrEqual(20);
  expect(arena.isCanaryIntact()).toBe(true);
}, 300_000);

describe("a hostile server", () => {
  test.each([
    "datagram",
    "stream",
  ] as const)("a hundred thousand mutated answers by %s: no exception, few requests", async (transport) => {
    const random = new SeededRandom(transport.length);
    let requests = 0;
    let answers = 0;
    for (let life = 0; life < 200; life++) {
      const client = new TurnClientMachine({
        entropy: new SeededEntropy(life),
        credentials: { username: "alice", password: new Secret("wonder") },
        transport,
        family: "both",
      });
      client.handle({ kind: "permit", peer: PEER }, 0);
      client.handle({ kind: "start" }, 0);
      let last = new Uint8Array();
      for (let round = 0; round < 500; round++) {
        for (let output = client.poll(); output !== undefined; output = client.poll()) {
          if (output.kind === "send") {
            requests++;
            last = output.bytes.slice();
          }
        }
        const reply = random.integer(4) === 0 ? drawMessage(random, { maxAttributes: 4 }) : challengeTo(last, random);
        const lengthBytes = mutateInto(random, reply, 0, reply.slice());
        answers++;
        client.handle({ kind: "received", bytes: reply.subarray(0, lengthBytes) }, round * 1000);
        client.tick(round * 1000);
      }
    }
    expect(answers).toBe(100_000);
    // A challenge is taken a few times a life; the rest is ignored.
    expect(requests).toBeLessThan(200 * 20);
  }, 300_000);

  test("a hundred thousand mutated answers to TCP relays and data connections: no exception, few requests", () => {
    const random = new SeededRandom(9);
    let requests = 0;
    let answers = 0;
    for (let life = 0; life < 200; life++) {
      const client = new TurnClientMachine({
        entropy: new SeededEntropy(life),
        credentials: { username: "alice", password: new Secret("wonder") },
        transport: "stream",
        relay: "tcp",
      });
      client.handle({ kind: "start" }, 0);
      const data = client.dataConnection(life);
      data.handle({ kind: "start" }, 0);
      let last = new Uint8Array();
      for (let round = 0; round < 250; round++) {
        for (const machine of [client, data]) {
          for (let output = machine.poll(); output !== undefined; output = machine.poll()) {
            if (output.kind === "send") {
              requests++;
              last = output.bytes.slice();
            }
          }
          const reply = random.integer(4) === 0 ? drawMessage(random, { maxAttributes: 4 }) : challengeTo(last, random);
          const lengthBytes = mutateInto(random, reply, 0, reply.slice());
          answers++;
          machine.handle({ kind: "received", bytes: reply.subarray(0, lengthBytes) }, round * 1000);
          machine.tick(round * 1000);
        }
      }
    }
    expect(answers).toBe(100_000);
    expect(requests).toBeLessThan(200 * 20);
  }, 300_000);

  function challengeTo(request: Uint8Array, random: SeededRandom): Uint8Array {
    const writer = new StunWriter(new Uint8Array(300));
    const id = request.length >= 20 ? request.subarray(8, 20) : new Uint8Array(12);
    const messageClass = random.integer(2) === 0 ? StunClass.error : StunClass.success;
    writer.start(messageClass, StunMethod.allocate, id).errorCode([401, 438, 300, 486][random.integer(4)] as number);
    writer.text(StunAttribute.realm, "floe").text(StunAttribute.nonce, "obMatJos2AAADxx");
    return writer
      .xorAddress(StunAttribute.xorRelayedAddress, drawAddress(random))
      .u32(StunAttribute.lifetime, 600)
      .finishCopy();
  }
});

test("a million mutated messages for the parser: WireError or a view, whatever is read of it", () => {
  const random = new SeededRandom(4);
  const pool = templates(random);
  const bytes = new Uint8Array(2048);
  let parsed = 0;
  for (let round = 0; round < 1_000_000; round++) {
    const template = pool[random.integer(pool.length)] as Uint8Array;
    const lengthBytes = mutateInto(random, bytes, 0, template);
    try {
      const message = StunMessage.parse(bytes.subarray(0, lengthBytes));
      parsed++;
      message.xorAddress(StunAttribute.xorPeerAddress);
      message.text(StunAttribute.username);
      message.errorCode();
      message.u32(StunAttribute.lifetime);
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
    }
  }
  expect(parsed).toBeGreaterThan(300_000);
}, 300_000);
