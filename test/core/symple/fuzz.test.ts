import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseClientFrame } from "../../../src/core/symple/frame.js";
import { parseServerFrame } from "../../../src/core/symple/server-frame.js";
import { SympleClient } from "../../../src/core/symple/symple-client.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { ServerHarness } from "./server-harness.js";

const KEYS = [
  "type",
  "user",
  "id",
  "from",
  "to",
  "data",
  "rooms",
  "room",
  "token",
  "name",
  "probe",
  "subtype",
  "status",
  "peer",
  "online",
  "__proto__",
  "constructor",
];
const TYPES = [
  "auth",
  "welcome",
  "error",
  "message",
  "command",
  "event",
  "presence",
  "join",
  "leave",
  "join:ok",
  "leave:ok",
  "close",
  "zap",
];

/** Frames that look right at first sight. */
const almost = fc
  .dictionary(
    fc.constantFrom(...KEYS),
    fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...TYPES, "ada", "public", "ada|x", "|x", 200)),
    { maxKeys: 8 },
  )
  .chain((object) => fc.constantFrom(...TYPES).map((type) => JSON.stringify({ ...object, type })));

const anyText = fc.oneof({ weight: 4, arbitrary: almost }, fc.json(), fc.string(), fc.string({ unit: "binary" }));

describe("garbage", () => {
  test("never makes the parsers throw", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parseClientFrame(text).kind).toBeTypeOf("string");
        expect(parseServerFrame(text).kind).toBeTypeOf("string");
      }),
      { numRuns: 2000 },
    );
  });

  test("never makes the server throw, leak a peer, a room or a connection", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), anyText), { maxLength: 40 }), (script) => {
        const harness = new ServerHarness();
        const open = [harness.open(), harness.open(), harness.join("ada"), harness.join("bob")];
        for (const [index, text] of script) {
          open[index].text(text);
          harness.advance(50_000);
        }
        const { connections, peers } = harness.server.report();
        expect(connections).toBe(open.filter(({ closed }) => closed === undefined).length);
        expect(peers).toBeLessThanOrEqual(connections);
        for (const connection of open) {
          connection.close();
        }
        expect(harness.server.report()).toMatchObject({ connections: 0, peers: 0, rooms: 0 });
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test("never makes the client throw, whatever its state", () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 30 }), fc.boolean(), (texts, isOnline) => {
        const client = new SympleClient({ entropy: new SeededEntropy(1), user: "ada" });
        let nowUs = 0;
        const drain = (): void => {
          while (client.poll() !== undefined) {
            nowUs += 1;
          }
        };
        client.handle({ kind: "open" }, nowUs);
        client.handle({ kind: "socket-opened" }, nowUs);
        if (isOnline) {
          const text =
            '{"type":"welcome","status":200,"protocol":"symple/4","peer":{"id":"1","user":"ada"},"rooms":[]}';
          client.handle({ kind: "socket-text", text }, nowUs);
        }
        drain();
        for (const text of texts) {
          client.handle({ kind: "socket-text", text }, nowUs);
          drain();
          client.tick(nowUs);
          drain();
        }
        expect(client.roster.peers.length).toBeLessThanOrEqual(texts.length);
      }),
      { numRuns: 500 },
    );
  });
});
