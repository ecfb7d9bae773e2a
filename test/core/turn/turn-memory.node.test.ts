// What strangers can make a TURN server hold: hundreds of thousands of hostile messages, each from another address, and then what is left.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { RelayBatch } from "../../../src/core/turn/relay-batch.js";
import { StaticCredentials } from "../../../src/core/turn/server/credentials.js";
import { TurnServerMachine } from "../../../src/core/turn/server/turn-server-machine.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawMessage } from "../stun/stun-noise.js";
import { channelData, RELAY_4, RELAY_6 } from "./turn-world.js";

const CAPACITY = 64;
const MESSAGES = 300_000;
const STREAMS = 200;
/** 4096 networks whose replies are counted, at 250 bytes each, and as much again for what the engine keeps beside them. */
const MOST_HELD_BYTES = 2 * 4096 * 250;
/** A stream may hold one frame as long as a slot, and its state. */
const MOST_PER_STREAM_BYTES = 2048 + 2048;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heldBytes(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function createServer() {
  const arena = Arena.create({ sizeBytes: 1 << 20 });
  const kernels = await loadKernels(arena);
  const entropy = new SeededEntropy(8);
  const credentials = new StaticCredentials(new Map([["alice", new Secret("wonder")]]), { realm: "floe", entropy });
  const relayAddresses = [RELAY_4, RELAY_6];
  const port = { send: () => {} };
  const server = new TurnServerMachine({ arena, kernels, entropy, credentials, relayAddresses, port });
  return { server, batch: new RelayBatch({ kernels, arena, name: "memory", entropy, capacity: CAPACITY }) };
}

function drain(server: TurnServerMachine): void {
  while (server.poll() !== undefined) {
    // What it sends is nobody's here.
  }
}

test(`three hundred thousand messages, each from a network of its own, leave less than ${MOST_HELD_BYTES} bytes behind`, async () => {
  const { server, batch } = await createServer();
  const random = new SeededRandom(5);
  const pool = Array.from({ length: 200 }, () => drawMessage(random, { maxAttributes: 6 }));
  let nowUs = 0;
  const flood = (count: number): void => {
    for (let done = 0; done < count; done += CAPACITY) {
      for (let i = 0; i < CAPACITY; i++) {
        const message = pool[random.integer(pool.length)] as Uint8Array;
        const lengthBytes = Math.min(message.length, 1500);
        const at = batch.slotAddress(i);
        batch.memory.bytes.set(message.subarray(0, lengthBytes), at);
        batch.memory.bytes[at + random.integer(lengthBytes)] = random.integer(256);
        // A network of its own for each: a server that kept something for every one of them would be full soon.
        batch.setReceived(i, lengthBytes, 1, 4, random.integer(65_536), random.integer(2 ** 32), 0, 0, 0);
      }
      batch.count = CAPACITY;
      server.handle({ kind: "from-clients", batch }, nowUs);
      drain(server);
      nowUs += 100;
      server.tick(nowUs);
    }
  };
  const before = heldBytes();
  flood(MESSAGES);
  expect(heldBytes() - before).toBeLessThan(MOST_HELD_BYTES);
  expect(server.report()).toMatchObject({ allocations: 0, connections: 0 });
}, 300_000);

test(`a stream that never ends its frame holds less than ${MOST_PER_STREAM_BYTES} bytes`, async () => {
  const { server } = await createServer();
  const before = heldBytes();
  // A message that tells the longest length there is, and a ChannelData frame, of which all but the last byte comes.
  const frames = [Uint8Array.of(0, 3, 0xff, 0xfc, 0x21, 0x12, 0xa4, 0x42), channelData(0x4000, new Uint8Array(1400))];
  for (let connection = 1; connection <= STREAMS; connection++) {
    const remote = parseIpAddress(`192.0.${connection >> 7}.${connection & 127}`, 5000);
    server.handle({ kind: "opened", connection, remote }, 0);
    const frame = frames[connection % 2] as Uint8Array;
    for (let at = 0; at < frame.length - 1; at += 100) {
      const bytes = frame.slice(at, Math.min(at + 100, frame.length - 1));
      server.handle({ kind: "segment", connection, bytes }, 0);
    }
    drain(server);
  }
  expect(heldBytes() - before).toBeLessThan(STREAMS * MOST_PER_STREAM_BYTES);
  expect(server.report().connections).toBe(STREAMS);
});
