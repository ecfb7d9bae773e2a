// Who may use a TURN server: challenges, nonces, algorithms, ephemeral credentials, a hook that answers later, and strangers.
import { describe, expect, test } from "vitest";
import { encodeHex } from "../../../src/core/bytes/hex.js";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { readNonceCookie } from "../../../src/core/stun/nonce-cookie.js";
import { readPasswordAlgorithms, readTypes } from "../../../src/core/stun/stun-attributes.js";
import { PasswordAlgorithm, StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { hasValidFingerprint, hasValidIntegritySha256 } from "../../../src/core/stun/stun-integrity.js";
import { StunKey, userhash } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { seconds } from "../../../src/core/time/units.js";
import {
  CombinedCredentials,
  type CredentialAnswer,
  type CredentialQuery,
  EphemeralCredentials,
  ephemeralCredentials,
  StaticCredentials,
  type TurnCredentials,
} from "../../../src/core/turn/server/credentials.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { codeOf, nextId, RawClient, REALM, TurnWorld } from "./turn-world.js";

const { allocate, refresh } = StunMethod;
const udp = (writer: StunWriter): StunWriter => writer.octet(StunAttribute.requestedTransport, 17);

async function createClient(options: Parameters<typeof TurnWorld.create>[0] = {}) {
  const world = await TurnWorld.create(options);
  return { world, client: new RawClient(world, "192.0.2.10", 5000) };
}

describe("challenges (RFC 8489 9.2.4)", () => {
  test("an unsigned request is 401 with realm and nonce, unsigned", async () => {
    const { client } = await createClient();
    const answer = client.takeNonce();
    expect([codeOf(answer), answer.text(StunAttribute.realm), answer.integrityAt]).toEqual([401, REALM, 0]);
    expect(answer.has(StunAttribute.software)).toBe(false);
  });

  test.each([
    StunAttribute.username,
    StunAttribute.realm,
    StunAttribute.nonce,
  ])("a signed request without attribute 0x%s is 400", async (missing) => {
    const { client } = await createClient();
    client.takeNonce();
    const writer = udp(new StunWriter(new Uint8Array(500)).start(StunClass.request, allocate, nextId()));
    for (const [type, text] of [
      [StunAttribute.username, "alice"],
      [StunAttribute.realm, REALM],
      [StunAttribute.nonce, client.nonce],
    ] as const) {
      if (type !== missing) {
        writer.text(type, text);
      }
    }
    const answer = client.exchange(writer.integrity(client.key).finishCopy()) as StunMessage;
    expect([codeOf(answer), answer.has(StunAttribute.nonce)]).toEqual([400, false]);
  });

  test("a wrong password, an unknown user and a foreign realm get the same 401", async () => {
    const { world, client } = await createClient();
    client.takeNonce();
    const shapes = [
      { username: "alice", key: StunKey.longTerm("alice", REALM, "wrong") },
      { username: "mallory", key: StunKey.longTerm("mallory", REALM, "wonder") },
      { username: "", key: StunKey.longTerm("", REALM, "") },
      { username: "alice", realm: "elsewhere", key: StunKey.longTerm("alice", "elsewhere", "wonder") },
      { username: "alice", realm: "elsewhere", key: StunKey.longTerm("alice", REALM, "wonder") },
    ].map((change) => {
      const answer = Object.assign(client, { realm: REALM }, change).exchange(
        client.write(allocate, udp),
      ) as StunMessage;
      return [codeOf(answer), answer.bytes.length, [...answer.attributes()].map(({ type }) => type)];
    });
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(shapes[0]?.[0]).toBe(401);
    expect(world.server.report().allocations).toBe(0);
  });

  test("an unknown user costs as many HMACs as a wrong password", async () => {
    const tried: number[] = [];
    const entropy = new SeededEntropy(1);
    const users = new Map([["alice", new Secret("wonder")]]);
    const inner = new StaticCredentials(users, { realm: REALM, entropy });
    const credentials: TurnCredentials = {
      find: (query) => {
        const answer = inner.find(query);
        tried.push(answer.keys.length);
        return answer;
      },
    };
    const { client } = await createClient({ credentials });
    client.takeNonce();
    client.key = StunKey.longTerm("x", REALM, "y");
    for (const username of ["alice", "mallory"]) {
      client.username = username;
      client.exchange(client.write(allocate, udp));
    }
    expect(tried).toEqual([1, 1]);
  });

  test("a nonce is good for its client's address only, for 600 s, and not when it was changed: 438 with a new one", async () => {
    const { world, client } = await createClient();
    client.takeNonce();
    const other = new RawClient(world, "192.0.2.11", 5000);
    other.nonce = client.nonce;
    expect(codeOf(other.exchange(other.write(allocate, udp)) as StunMessage)).toBe(438);
    const changed = client.nonce;
    client.nonce = `${changed.slice(0, -1)}${changed.endsWith("A") ? "B" : "A"}`;
    const stale = client.exchange(client.write(allocate, udp)) as StunMessage;
    expect([codeOf(stale), stale.text(StunAttribute.realm)]).toEqual([438, REALM]);
    client.nonce = stale.text(StunAttribute.nonce) as string;
    world.advance(seconds(599));
    expect(client.codeOf(allocate, udp)).toBe(0);
    world.advance(seconds(1));
    expect(client.codeOf(refresh)).toBe(438);
    const port = new RawClient(world, "192.0.2.10", 6000);
    port.takeNonce();
    client.nonce = port.nonce;
    expect(client.codeOf(refresh)).toBe(0);
  });

  test("a broken credential attribute is 400, an unknown method 400, and nothing is thrown", async () => {
    const { client } = await createClient();
    client.takeNonce();
    const writer = udp(new StunWriter(new Uint8Array(500)).start(StunClass.request, allocate, nextId()));
    writer.attribute(StunAttribute.username, Uint8Array.of(0xff)).text(StunAttribute.realm, REALM);
    const broken = writer.text(StunAttribute.nonce, client.nonce).integrity(client.key).finishCopy();
    expect(codeOf(client.exchange(broken) as StunMessage)).toBe(400);
    const unknown = new StunWriter(new Uint8Array(50)).start(StunClass.request, 0x0ff, nextId()).finishCopy();
    expect(codeOf(client.exchange(unknown) as StunMessage)).toBe(400);
  });

  test("a fingerprint is answered with one, and a wrong one with nothing", async () => {
    const { world, client } = await createClient();
    const request = udp(new StunWriter(new Uint8Array(100)).start(StunClass.request, allocate, nextId()))
      .fingerprint()
      .finishCopy();
    expect(hasValidFingerprint(client.exchange(request) as StunMessage)).toBe(true);
    request[request.length - 1] ^= 1;
    expect(client.exchange(request)).toBeUndefined();
    expect(world.server.report().counters.ignored).toBe(1);
  });
});

describe("SHA-256 (RFC 8489 9.2)", () => {
  async function offered() {
    const { world, client } = await createClient();
    const offer = (writer: StunWriter) =>
      udp(writer).passwordAlgorithms(StunAttribute.passwordAlgorithms, [PasswordAlgorithm.sha256]);
    const challenge = client.exchange(client.write(allocate, offer, { sign: false })) as StunMessage;
    client.nonce = challenge.text(StunAttribute.nonce) as string;
    client.key = StunKey.longTerm("alice", REALM, "wonder", PasswordAlgorithm.sha256);
    client.integrity = "sha256";
    return { world, client, challenge };
  }
  const choose =
    (choice: number, echoed: readonly number[] = [2, 1]) =>
    (writer: StunWriter) =>
      udp(writer)
        .passwordAlgorithms(StunAttribute.passwordAlgorithms, echoed)
        .passwordAlgorithms(StunAttribute.passwordAlgorithm, [choice]);

  test("who offers algorithms is told ours, by a nonce that says so", async () => {
    const { challenge } = await offered();
    const algorithms = readPasswordAlgorithms(challenge.value(StunAttribute.passwordAlgorithms) as Uint8Array);
    expect(algorithms.map(({ algorithm }) => algorithm)).toEqual([2, 1]);
    expect(readNonceCookie(challenge.text(StunAttribute.nonce) as string)).toBe(3);
  });

  test("a request with SHA-256 throughout is answered in kind, by name or by its hash", async () => {
    const { world, client } = await offered();
    const answer = client.request(allocate, choose(2));
    expect([codeOf(answer), answer.integrityAt, hasValidIntegritySha256(answer, client.key)]).toEqual([0, 0, true]);
    const hidden = new RawClient(world, "192.0.2.10", 5001);
    const writer = choose(2)(new StunWriter(new Uint8Array(500)).start(StunClass.request, allocate, nextId()));
    writer.attribute(StunAttribute.userhash, userhash("alice", REALM));
    writer.text(StunAttribute.realm, REALM).text(StunAttribute.nonce, client.nonce);
    const named = hidden.exchange(writer.integritySha256(client.key, 16).finishCopy()) as StunMessage;
    expect(codeOf(named)).toBe(0);
  });

  test.each<[string, (writer: StunWriter) => unknown]>([
    ["another offer than ours", choose(2, [2])],
    ["an algorithm that there is not", choose(3)],
    ["a choice without the offer", (w) => udp(w).passwordAlgorithms(StunAttribute.passwordAlgorithm, [2])],
    ["the offer without a choice", (w) => udp(w).passwordAlgorithms(StunAttribute.passwordAlgorithms, [2, 1])],
  ])("bidding down is noticed: %s is 400", async (_, fill) => {
    const { client } = await offered();
    expect(client.codeOf(allocate, fill)).toBe(400);
  });

  test("who takes neither is an older client: MD5", async () => {
    const { client } = await offered();
    client.key = StunKey.longTerm("alice", REALM, "wonder");
    client.integrity = "sha1";
    expect(client.codeOf(allocate, udp)).toBe(0);
  });

  test("a nonce whose features were taken out is stale", async () => {
    const { client } = await offered();
    client.nonce = client.nonce.slice(13);
    client.key = StunKey.longTerm("alice", REALM, "wonder");
    client.integrity = "sha1";
    expect(client.codeOf(allocate, udp)).toBe(438);
  });
});

describe("ephemeral credentials", () => {
  const nowUs = 1_800_000_000_000_000;
  const [fresh, old] = [new Secret("north"), new Secret("south")] as const;

  async function ephemeral(wallUs = () => nowUs) {
    const created = await createClient({ credentials: new EphemeralCredentials([fresh, old], { wallUs }) });
    const become = (secret: Secret, expiresUs: number, user = "fred") => {
      const { username, credential } = ephemeralCredentials(secret, { expiresUs, user });
      Object.assign(created.client, { username, key: StunKey.longTerm(username, REALM, credential) });
    };
    return { ...created, become };
  }

  test("both live secrets are good, a third is not, and the user is named without the expiry", async () => {
    const { world, client, become } = await ephemeral();
    for (const [secret, code] of [
      [fresh, 0],
      [old, 437],
      [new Secret("west"), 401],
    ] as const) {
      become(secret, nowUs + seconds(3600));
      expect(client.codeOf(allocate, udp)).toBe(code);
    }
    expect(world.outputs("allocated")).toMatchObject([{ user: "fred" }]);
  });

  test("expire by the wall clock; an allocation that there is may be refreshed", async () => {
    let wallUs = nowUs;
    const { world, client, become } = await ephemeral(() => wallUs);
    become(fresh, nowUs + seconds(10), "");
    expect(client.username).toMatch(/^\d+$/);
    client.allocate();
    wallUs += seconds(10);
    expect(client.codeOf(refresh)).toBe(0);
    const late = new RawClient(world, "192.0.2.10", 5001);
    Object.assign(late, { username: client.username, key: client.key });
    expect(late.codeOf(allocate, udp)).toBe(401);
  });

  test("what a user has can be ended, open or opening", async () => {
    const { world, client, become } = await ephemeral();
    become(fresh, nowUs + seconds(10));
    client.allocate();
    world.onOpenRelay = () => "silent";
    const second = new RawClient(world, "192.0.2.10", 5001);
    Object.assign(second, { username: client.username, key: client.key });
    second.takeNonce();
    second.send(second.write(allocate, udp));
    world.handle({ kind: "end-user", user: "nobody" });
    expect(world.server.report().allocations).toBe(2);
    world.handle({ kind: "end-user", user: "fred" });
    expect([world.server.report().allocations, world.outputs("close-relay").length]).toEqual([0, 2]);
    expect(world.outputs("released")).toMatchObject([{ reason: "ended" }]);
    expect(client.codeOf(refresh)).toBe(437);
  });

  test.each(["", "alice", "9e99:fred", "-1:fred", "99999999999999:fred"])("%s is no name of ours", async (username) => {
    const { client } = await ephemeral();
    const { credential } = ephemeralCredentials(fresh, { expiresUs: nowUs + seconds(1) });
    Object.assign(client, { username, key: StunKey.longTerm(username, REALM, credential) });
    expect(client.codeOf(allocate, udp)).toBe(401);
  });

  test("beside a list of users; neither's key opens the other's names", async () => {
    const entropy = new SeededEntropy(4);
    const listed = new StaticCredentials(new Map([["alice", new Secret("wonder")]]), { realm: REALM, entropy });
    const credentials = new CombinedCredentials([listed, new EphemeralCredentials([fresh], { wallUs: () => nowUs })]);
    const { world, client } = await createClient({ credentials });
    expect(client.codeOf(allocate, udp)).toBe(0);
    const guest = new RawClient(world, "192.0.2.10", 5001);
    const { username, credential } = ephemeralCredentials(fresh, { expiresUs: nowUs + seconds(9) });
    Object.assign(guest, { username, key: StunKey.longTerm(username, REALM, credential) });
    expect(guest.codeOf(allocate, udp)).toBe(0);
    const query = { id: 1, userhash: undefined, realm: REALM, algorithm: PasswordAlgorithm.md5 } as const;
    const counts = ["alice", username, "nobody"].map((name) => {
      const { keys, decoys = [] } = credentials.find({ ...query, username: name });
      return keys.length + decoys.length;
    });
    expect(counts).toEqual([2, 2, 2]);
  });
});

describe("a hook that answers later", () => {
  async function hooked() {
    const queries: CredentialQuery[] = [];
    const find = (query: CredentialQuery): "later" => {
      queries.push(query);
      return "later";
    };
    const created = await createClient({ credentials: { find } });
    const answer = (changes: Partial<CredentialAnswer> = {}): void => {
      const key = StunKey.longTerm("alice", REALM, "wonder");
      const query = queries.at(-1)?.id as number;
      created.world.handle({
        kind: "credentials",
        query,
        answer: { keys: [key], isKnown: true, user: "a", ...changes },
      });
    };
    created.client.takeNonce();
    return { ...created, queries, answer };
  }

  test("is asked once, and its answer serves the request", async () => {
    const { world, client, queries, answer } = await hooked();
    client.send(client.write(allocate, udp));
    expect([client.received(), queries.map(({ username }) => username)]).toEqual([[], ["alice"]]);
    answer();
    expect(codeOf(StunMessage.parse(client.received()[0] as Uint8Array))).toBe(0);
    expect(client.codeOf(refresh)).toBe(0);
    expect([queries.length, world.server.deadlineUs === undefined]).toEqual([1, false]);
  });

  test("may say no, answer twice, or not in 5 s", async () => {
    const { world, client, answer } = await hooked();
    client.send(client.write(allocate, udp));
    answer({ isKnown: false });
    answer();
    expect(client.received().map((bytes) => codeOf(StunMessage.parse(bytes)))).toEqual([401]);
    client.send(client.write(allocate, udp));
    world.advance(seconds(5));
    answer();
    expect(client.received()).toEqual([]);
  });

  test("has no more than 256 questions at once", async () => {
    const { world, client, queries } = await hooked();
    for (let i = 0; i < 300; i++) {
      client.send(client.write(allocate, udp));
    }
    expect([queries.length, world.server.report().counters.ignored]).toEqual([300, 44]);
    world.advance(seconds(5));
    expect(world.server.deadlineUs).toBeUndefined();
  });
});

describe("strangers", () => {
  test("Binding is answered without software, 420 lists what is not understood", async () => {
    const { client } = await createClient({ software: "floe test" });
    const answer = client.exchange(client.write(StunMethod.binding, () => {}, { sign: false })) as StunMessage;
    expect(answer.xorAddress(StunAttribute.xorMappedAddress)).toEqual(client.address);
    expect(answer.bytes).toHaveLength(32);
    const refused = client.exchange(
      client.write(StunMethod.binding, (w) => w.u32(0x24, 1), { sign: false }),
    ) as StunMessage;
    expect([codeOf(refused), readTypes(refused.value(StunAttribute.unknownAttributes) as Uint8Array)]).toEqual([
      420,
      [0x24],
    ]);
    expect(client.request(allocate, udp).text(StunAttribute.software)).toBe("floe test");
  });

  test("get at most 1.5 bytes for a byte and few replies; a valid request clears their network", async () => {
    const { world, client } = await createClient();
    const bare = client.write(allocate, udp, { sign: false });
    expect(bare).toHaveLength(28);
    let sent = 0;
    let replies = 0;
    for (let i = 0; i < 2000; i++) {
      client.send(bare);
      for (const bytes of client.received()) {
        sent += bytes.length;
        replies++;
      }
      world.advance(seconds(0.01));
    }
    expect(sent).toBeLessThanOrEqual(1.5 * 28 * 2000);
    expect(replies).toBeLessThanOrEqual(20 + 200);
    expect(world.server.report().counters.limitedReplies).toBe(2000 - replies);
    world.advance(seconds(60));
    expect(client.codeOf(allocate, udp)).toBe(0);
    const neighbours = Array.from({ length: 9 }, (_, i) => new RawClient(world, `192.0.2.${20 + i}`, 1));
    expect(neighbours.map((each) => each.codeOf(allocate, udp))).toEqual(neighbours.map(() => 0));
  });

  test("every challenge to a request of 43 bytes or more is at most 1.5 times its size", async () => {
    const { client } = await createClient();
    for (const extra of [12, 16, 40, 100]) {
      const request = client.write(allocate, (w) => udp(w).attribute(0x8022, new Uint8Array(extra)), { sign: false });
      const answer = client.exchange(request) as StunMessage;
      expect(answer.bytes.length).toBeLessThanOrEqual(1.5 * request.length);
      expect(encodeHex(answer.transactionId)).toBe(encodeHex(request.slice(8, 20)));
    }
  });

  test("responses, indications and ConnectionAttempts from clients are ignored", async () => {
    const { world, client } = await createClient();
    for (const [messageClass, method] of [
      [StunClass.success, StunMethod.binding],
      [StunClass.error, allocate],
      [StunClass.indication, StunMethod.data],
      [StunClass.indication, StunMethod.connectionAttempt],
    ] as const) {
      client.send(new StunWriter(new Uint8Array(50)).start(messageClass, method, nextId()).finish());
    }
    expect([client.received(), world.server.report().counters.ignored]).toEqual([[], 4]);
    expect(parseIpAddress("192.0.2.10", 5000)).toEqual(client.address);
  });
});
