// A flood of bad requests beside a call: the call loses nothing, the server keeps its bounds.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { StaticCredentials } from "../../../src/core/turn/server/credentials.js";
import { NodeEntropy } from "../../../src/node/crypto/node-entropy.js";
import { TurnClient } from "../../../src/node/turn/client/turn-client.js";
import { TurnServer } from "../../../src/node/turn/turn-server.js";
import { channelData, nextId } from "../../core/turn/turn-world.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { udpEcho } from "./client/echo-peers.js";

/** So many take longer than a flood needs to begin. */
const PACKETS = 24_000;
const IN_FLIGHT = 8;
const DEADLINE_MS = 60_000;

/** What strangers send. */
function badMessages(): Uint8Array[] {
  const random = new SeededRandom(3);
  const key = StunKey.longTerm("alice", "floe", "guess");
  const request = (method: number, nonce: string): Uint8Array => {
    const writer = new StunWriter(new Uint8Array(500)).start(StunClass.request, method, nextId());
    writer.octet(StunAttribute.requestedTransport, 17).xorAddress(StunAttribute.xorPeerAddress, PEER);
    if (nonce !== "") {
      writer.text(StunAttribute.username, "alice").text(StunAttribute.realm, "floe").text(StunAttribute.nonce, nonce);
      writer.integrity(key);
    }
    return writer.finishCopy();
  };
  const methods = Object.values(StunMethod);
  return [
    ...methods.flatMap((method) => [request(method, ""), request(method, "obMatJos2AAADxxxx"), request(method, "n")]),
    ...Array.from({ length: 20 }, () => random.bytes(1 + random.integer(600))),
    ...Array.from({ length: 10 }, (_, i) => channelData(0x4000 + i, random.bytes(200))),
    new Uint8Array(),
  ];
}

const PEER = parseIpAddress("198.51.100.77", 7000);

describe.each(["auto", "dgram"] as const)("sockets: %s", (sockets) => {
  test("two thousand bad messages a second leave a running allocation's loss at 0", async () => {
    const [realm, entropy] = ["floe", new NodeEntropy()] as const;
    await using server = await TurnServer.start({
      host: "127.0.0.1",
      port: 0,
      sockets,
      realm,
      credentials: new StaticCredentials(new Map([["alice", new Secret("wonder")]]), { realm, entropy }),
      allowPeers: ["127.0.0.1"],
      limits: { bitrateBps: 1e9 },
    });
    await using echo = await udpEcho();
    const url = `turn:127.0.0.1:${server.port}?transport=udp`;
    await using client = await TurnClient.connect({ url, username: "alice", credential: "wonder" });
    await client.bind(echo.address);
    const flood = new Worker(new URL("./flood-worker.mjs", import.meta.url), {
      workerData: { port: server.port, host: "127.0.0.1", messages: badMessages() },
    });
    const packet = new Uint8Array(1000);
    const numbers = new Set<number>();
    let next = 0;
    const send = (): void => {
      new DataView(packet.buffer).setUint32(0, next++);
      client.send(echo.address, packet);
    };
    const allBack = new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`${next - numbers.size} were lost`)), DEADLINE_MS);
      client.received.on(({ bytes }) => {
        numbers.add(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
        if (next < PACKETS) {
          send();
        } else if (numbers.size === PACKETS) {
          clearTimeout(deadline);
          resolve();
        }
      });
    });
    for (let i = 0; i < IN_FLIGHT; i++) {
      send();
    }
    await allBack;
    flood.postMessage("stop");
    const [sent] = (await once(flood, "message")) as [number];
    expect(numbers.size).toBe(PACKETS);
    const { counters, allocations } = server.report();
    expect([sent > 500, allocations]).toEqual([true, 1]);
    expect(counters.drops.malformed + counters.drops.noAllocation + counters.limitedReplies).toBeGreaterThan(sent / 4);
  }, 90_000);
});
