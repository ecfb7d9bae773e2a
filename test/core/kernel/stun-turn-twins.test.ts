// The STUN and TURN kernels against their twins: two arenas of one layout, the same calls, and then every byte is the same.
import { describe, expect, test } from "vitest";
import type { TransportAddress } from "../../../src/core/net/transport-address.js";
import {
  MAX_CHANNEL,
  MIN_CHANNEL,
  StunAttribute,
  StunClass,
  StunMethod,
} from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunVerifier } from "../../../src/core/stun/stun-verifier.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { RelayBatch } from "../../../src/core/turn/relay-batch.js";
import { DONT_FRAGMENT_FLAG, RELAY_RECORD_WORDS, RelayKind, RelayWord } from "../../../src/core/turn/relay-record.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawAddress, drawMessage, mutate } from "../stun/stun-noise.js";
import { digestText, fnv1a } from "./fnv1a.js";
import { createBench, firstDifference, MEMORY_KINDS } from "./memories.js";

/** What the seeded headers come to, in every runtime and memory. */
const HEADERS_DIGEST = "1511fe18";
const CAPACITY = 32;

async function createSide(shared: boolean, kind: "wasm" | "twin") {
  const { arena, kernels } = await createBench(shared, kind);
  const entropy = new SeededEntropy(5);
  return {
    arena,
    verifier: new StunVerifier({ kernels, arena }),
    batch: new RelayBatch({ kernels, arena, name: "batch", entropy, capacity: CAPACITY }),
  };
}

type Side = Awaited<ReturnType<typeof createSide>>;

function receive(
  { batch }: Side,
  i: number,
  bytes: Uint8Array,
  from: TransportAddress | undefined,
  socket: number,
): void {
  batch.memory.bytes.set(bytes, batch.slotAddress(i));
  const { family, port, ip0, ip1, ip2, ip3 } = from ?? { family: 0, port: 0, ip0: 0, ip1: 0, ip2: 0, ip3: 0 };
  batch.setReceived(i, bytes.length, socket, family, port, ip0, ip1, ip2, ip3);
}

/** Makes record `i` a packet for a client. */
function address({ batch }: Side, i: number, kind: number, channel: number, peer: TransportAddress): void {
  const at = i * RELAY_RECORD_WORDS;
  batch.words[at + RelayWord.kind] = kind;
  batch.words[at + RelayWord.channel] = channel;
  batch.words[at + RelayWord.peerFamily] = peer.family;
  batch.words[at + RelayWord.peerPort] = peer.port;
  batch.words.set([peer.ip0, peer.ip1, peer.ip2, peer.ip3], at + RelayWord.peerIp);
}

function channelData(channel: number, payload: Uint8Array, { tells = payload.length } = {}): Uint8Array {
  return Uint8Array.of(channel >> 8, channel, tells >> 8, tells, ...payload);
}

function sendIndication(random: SeededRandom, payload: Uint8Array): Uint8Array {
  const writer = new StunWriter(new Uint8Array(2048)).start(StunClass.indication, StunMethod.send, random.bytes(12));
  const parts = [
    () => writer.xorAddress(StunAttribute.xorPeerAddress, drawAddress(random)),
    () => writer.attribute(StunAttribute.data, payload),
  ];
  for (const part of random.integer(2) === 0 ? parts : parts.reverse()) {
    part();
  }
  if (random.integer(4) === 0) {
    writer.attribute(StunAttribute.dontFragment);
  }
  if (random.integer(4) === 0) {
    writer.u32(random.integer(2) === 0 ? 0x8055 : 0x0055, 1);
  }
  return (random.integer(2) === 0 ? writer.fingerprint() : writer).finishCopy();
}

/** A packet of a client: mostly what it should be. */
function drawClientPacket(random: SeededRandom): Uint8Array {
  const payload = random.bytes(random.integer(64));
  const drawn = [
    () => channelData(MIN_CHANNEL + random.integer(0x4200), payload, { tells: payload.length + random.integer(3) - 1 }),
    () => channelData(MIN_CHANNEL, Uint8Array.of(...payload, 0, 0, 0), { tells: payload.length }),
    () => sendIndication(random, payload),
    () => mutate(random, sendIndication(random, payload)),
    () => drawMessage(random),
    () => random.bytes(random.integer(40)),
  ];
  return (drawn[random.integer(drawn.length)] as () => Uint8Array)();
}

describe.each(MEMORY_KINDS)("STUN and TURN kernels and twins on $name memory", async ({ shared }) => {
  const sides = [await createSide(shared, "wasm"), await createSide(shared, "twin")] as const;
  const [wasm, twin] = sides;

  function expectSameMemory(): void {
    expect(firstDifference(wasm.arena, twin.arena)).toBe(-1);
    expect(wasm.arena.isCanaryIntact() && twin.arena.isCanaryIntact()).toBe(true);
  }

  test("stun-verify: the same verdict and the same scratch, at every length of signed prefix and every cut", () => {
    const random = new SeededRandom(41);
    const key = StunKey.shortTerm("key");
    for (let attributeBytes = 0; attributeBytes <= 260; attributeBytes += 4) {
      const writer = new StunWriter(new Uint8Array(512)).start(StunClass.request, StunMethod.binding, random.bytes(12));
      const bytes = writer
        .attribute(StunAttribute.software, random.bytes(attributeBytes))
        .integrity(key)
        .fingerprint()
        .finishCopy();
      expect(sides.map(({ verifier }) => verifier.verifyBytes(bytes, key))).toEqual([15, 15]);
      expectSameMemory();
    }
    for (let round = 0; round < 1500; round++) {
      const bytes = mutate(random, drawMessage(random, { key }));
      const [ours, twins] = sides.map(({ verifier }) => verifier.verifyBytes(bytes, key));
      expect(ours).toBe(twins);
    }
    expectSameMemory();
  });

  test("turn-frame: packets of clients are told apart alike, with every field alike", () => {
    const random = new SeededRandom(42);
    const kinds = new Set<number>();
    for (let round = 0; round < 400; round++) {
      const count = 1 + random.integer(CAPACITY);
      for (let i = 0; i < count; i++) {
        const bytes = drawClientPacket(random);
        const from = random.integer(4) === 0 ? undefined : drawAddress(random);
        for (const side of sides) {
          receive(side, i, bytes, from, i);
        }
      }
      for (const { batch } of sides) {
        batch.count = count;
        batch.unframe();
      }
      for (let i = 0; i < count; i++) {
        kinds.add(wasm.batch.word(i, RelayWord.kind));
      }
    }
    expectSameMemory();
    expect([...kinds].sort()).toEqual([
      RelayKind.dropped,
      RelayKind.channelData,
      RelayKind.send,
      RelayKind.control,
      RelayKind.malformed,
    ]);
  });

  test("turn-frame: headers for clients are the same, for every payload length and both families", () => {
    const random = new SeededRandom(43);
    let hash = fnv1a(new Uint8Array());
    for (let lengthBytes = 0; lengthBytes <= 70; lengthBytes++) {
      for (let i = 0; i < CAPACITY; i++) {
        const payload = random.bytes(lengthBytes);
        const client = i % 3 === 0 ? undefined : drawAddress(random);
        const peer = drawAddress(random);
        const kind = [RelayKind.toChannel, RelayKind.toIndication, RelayKind.dropped][random.integer(3)] as number;
        const channel = MIN_CHANNEL + random.integer(MAX_CHANNEL - MIN_CHANNEL + 1);
        for (const side of sides) {
          receive(side, i, payload, client, 3);
          address(side, i, kind, channel, peer);
        }
      }
      for (const { batch } of sides) {
        batch.count = CAPACITY;
        batch.frame();
      }
      for (let i = 0; i < CAPACITY; i++) {
        hash = wasm.batch.isReady(i) ? fnv1a(wasm.batch.packet(i), hash) : hash;
      }
    }
    expectSameMemory();
    expect(digestText(hash)).toBe(HEADERS_DIGEST);
  });

  test("what a client is sent can be read: ChannelData by its header, a Data indication by the view", () => {
    const random = new SeededRandom(44);
    for (const side of sides) {
      for (let lengthBytes = 0; lengthBytes < 40; lengthBytes++) {
        const payload = random.bytes(lengthBytes);
        const peer = drawAddress(random);
        for (const [i, kind] of [RelayKind.toChannel, RelayKind.toChannel, RelayKind.toIndication].entries()) {
          receive(side, i, payload, i === 0 ? undefined : drawAddress(random), 1);
          address(side, i, kind, 0x4123, peer);
        }
        side.batch.count = 3;
        side.batch.frame();
        const padding = new Uint8Array(-lengthBytes & 3);
        expect(side.batch.packet(0)).toEqual(Uint8Array.of(...channelData(0x4123, payload), ...padding));
        expect(side.batch.packet(1)).toEqual(channelData(0x4123, payload));
        const indication = StunMessage.parse(side.batch.packet(2));
        expect([indication.messageClass, indication.method]).toEqual([StunClass.indication, StunMethod.data]);
        expect(indication.value(StunAttribute.data)).toEqual(payload);
        expect(indication.xorAddress(StunAttribute.xorPeerAddress)).toEqual(peer);
      }
    }
  });

  test("a Send indication's peer, data and DONT-FRAGMENT are where its writer put them", () => {
    const random = new SeededRandom(45);
    for (let round = 0; round < 200; round++) {
      const payload = random.bytes(round);
      const peer = drawAddress(random);
      const writer = new StunWriter(new Uint8Array(512)).start(StunClass.indication, StunMethod.send, random.bytes(12));
      writer.xorAddress(StunAttribute.xorPeerAddress, peer).attribute(StunAttribute.dontFragment);
      const bytes = writer.attribute(StunAttribute.data, payload).finish();
      for (const side of sides) {
        receive(side, 0, bytes, drawAddress(random), 1);
        side.batch.count = 1;
        side.batch.unframe();
        const word = (name: keyof typeof RelayWord, plus = 0): number => side.batch.word(0, RelayWord[name] + plus);
        expect([word("kind"), word("flags")]).toEqual([RelayKind.send, DONT_FRAGMENT_FLAG]);
        expect([word("peerFamily"), word("peerPort")]).toEqual([peer.family, peer.port]);
        expect([0, 1, 2, 3].map((i) => word("peerIp", i))).toEqual([peer.ip0, peer.ip1, peer.ip2, peer.ip3]);
        const from = word("payloadAddress");
        expect(side.batch.memory.bytes.slice(from, from + word("payloadBytes"))).toEqual(payload);
      }
    }
  });
});
