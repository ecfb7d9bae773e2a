// The STUN client and the Binding server on a manual clock: retransmission (RFC 8489 6.2.1), answers, refusals, forgeries.
import { describe, expect, test } from "vitest";
import { ipv4, parseIpAddress } from "../../../src/core/net/transport-address.js";
import { BindingServer } from "../../../src/core/stun/binding-server.js";
import { ReplyGuard } from "../../../src/core/stun/reply-guard.js";
import { StunClient, type StunClientOptions, type StunClientOutput } from "../../../src/core/stun/stun-client.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { type Micros, milliseconds, seconds } from "../../../src/core/time/units.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { SeededRandom } from "../../sim/seeded-random.js";

const ME = parseIpAddress("198.51.100.7", 4321);

function createClient(options: Partial<StunClientOptions> = {}): StunClient {
  return new StunClient({ entropy: new SeededEntropy(9), ...options });
}

function drain(client: StunClient): StunClientOutput[] {
  const outputs: StunClientOutput[] = [];
  for (let output = client.poll(); output !== undefined; output = client.poll()) {
    outputs.push(output);
  }
  return outputs;
}

/** Ticks at every deadline up to `untilUs`; tells when what happened. */
function run(client: StunClient, untilUs: Micros): [Micros, StunClientOutput][] {
  const log: [Micros, StunClientOutput][] = [];
  for (let atUs = client.deadlineUs; atUs !== undefined && atUs <= untilUs; atUs = client.deadlineUs) {
    client.tick(atUs);
    log.push(...drain(client).map((output): [Micros, StunClientOutput] => [atUs as Micros, output]));
  }
  return log;
}

function sentBytes(client: StunClient): Uint8Array {
  const [output] = drain(client);
  if (output?.kind !== "send") {
    throw new Error(`expected a request, got ${output?.kind}`);
  }
  return output.bytes;
}

function answer(
  request: Uint8Array,
  fill: (writer: StunWriter) => StunWriter,
  messageClass: StunClass = StunClass.success,
) {
  const writer = new StunWriter(new Uint8Array(512));
  return fill(writer.start(messageClass, StunMethod.binding, StunMessage.parse(request).transactionId)).finishCopy();
}

describe("over datagrams", () => {
  test("asks 7 times at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s and gives up at 39.5 s", () => {
    const client = createClient();
    client.handle({ kind: "bind", request: 1 }, 0);
    const first = sentBytes(client);
    const log = run(client, seconds(100));
    expect(log.map(([atUs]) => atUs / 1000)).toEqual([500, 1500, 3500, 7500, 15_500, 31_500, 39_500]);
    expect(log.slice(0, 6).every(([, output]) => output.kind === "send" && output.bytes === first)).toBe(true);
    expect(log[6]?.[1]).toEqual({ kind: "failed", request: 1, reason: { kind: "timeout" } });
    expect(client.deadlineUs).toBeUndefined();
  });

  test("takes its address from a server, and the round trip when it asked once", () => {
    const [client, server] = [createClient(), new BindingServer()];
    for (const [request, lateUs] of [
      [1, milliseconds(30)],
      [2, milliseconds(600)],
    ] as const) {
      client.handle({ kind: "bind", request }, 0);
      const bytes = sentBytes(client);
      run(client, lateUs);
      server.handle({ kind: "datagram", socket: 3, from: ME, bytes }, lateUs);
      const reply = server.poll();
      expect(reply).toMatchObject({ socket: 3, to: ME });
      client.handle({ kind: "received", bytes: reply?.bytes as Uint8Array }, lateUs);
      const roundTripUs = request === 1 ? lateUs : undefined;
      expect(drain(client)).toEqual([{ kind: "bound", request, mappedAddress: ME, roundTripUs }]);
    }
    expect(client.deadlineUs).toBeUndefined();
  });

  test("a refusal tells its code, and where to ask instead", () => {
    const client = createClient();
    const alternateServer = parseIpAddress("2001:db8::9", 3478);
    client.handle({ kind: "bind", request: 4 }, 0);
    const bytes = answer(
      sentBytes(client),
      (writer) => writer.errorCode(300).address(StunAttribute.alternateServer, alternateServer),
      StunClass.error,
    );
    client.handle({ kind: "received", bytes }, 10);
    const reason = { kind: "refused", code: 300, reason: "Try Alternate", alternateServer };
    expect(drain(client)).toEqual([{ kind: "failed", request: 4, reason }]);
  });

  test("an answer without an address, or with what must be understood and is not, fails", () => {
    const client = createClient();
    const mapped = (writer: StunWriter): StunWriter => writer.xorAddress(StunAttribute.xorMappedAddress, ME);
    for (const fill of [(w: StunWriter) => w, (w: StunWriter) => mapped(w).u32(0x0055, 1)]) {
      client.handle({ kind: "bind", request: 5 }, 0);
      client.handle({ kind: "received", bytes: answer(sentBytes(client), fill) }, 10);
      expect(drain(client)).toMatchObject([{ kind: "failed", reason: { kind: "malformed" } }]);
    }
  });

  test("foreign, forged and broken answers are ignored, and the true one still counts", () => {
    const key = StunKey.shortTerm("secret");
    const client = createClient({ credentials: { username: "me", key } });
    client.handle({ kind: "bind", request: 6 }, 0);
    const request = sentBytes(client);
    const mapped = (writer: StunWriter): StunWriter => writer.xorAddress(StunAttribute.xorMappedAddress, ME);
    const genuine = answer(request, (writer) => mapped(writer).integrity(key).fingerprint());
    const ignored = [
      answer(request, mapped),
      answer(request, (writer) => mapped(writer).integrity(StunKey.shortTerm("other"))),
      genuine.map((byte, at) => (at === genuine.length - 1 ? byte ^ 1 : byte)),
      genuine.map((byte, at) => (at === 12 ? byte ^ 1 : byte)),
      request,
      genuine.slice(0, 19),
    ];
    for (const bytes of ignored) {
      client.handle({ kind: "received", bytes }, 10);
    }
    expect([drain(client), client.ignored]).toEqual([[], ignored.length]);
    client.handle({ kind: "received", bytes: genuine }, 20);
    expect(drain(client)).toMatchObject([{ kind: "bound", mappedAddress: ME }]);
  });

  test("more than 64 open requests are refused", () => {
    const client = createClient();
    for (let request = 0; request < 65; request++) {
      client.handle({ kind: "bind", request }, 0);
    }
    expect(drain(client).filter(({ kind }) => kind === "failed")).toMatchObject([{ request: 64 }]);
  });
});

describe("over a stream", () => {
  test("asks once and gives up after 39.5 s (Ti); a closed connection fails at once", () => {
    const client = createClient({ transport: "stream" });
    client.handle({ kind: "bind", request: 1 }, 0);
    sentBytes(client);
    expect(run(client, seconds(100))).toEqual([
      [milliseconds(39_500), { kind: "failed", request: 1, reason: { kind: "timeout" } }],
    ]);
    client.handle({ kind: "bind", request: 2 }, seconds(100));
    sentBytes(client);
    client.handle({ kind: "closed" }, seconds(101));
    expect(drain(client)).toEqual([{ kind: "failed", request: 2, reason: { kind: "closed" } }]);
  });

  test("answers may come in pieces", () => {
    const client = createClient({ transport: "stream" });
    client.handle({ kind: "bind", request: 1 }, 0);
    const reply = answer(sentBytes(client), (writer) => writer.xorAddress(StunAttribute.xorMappedAddress, ME));
    for (const byte of reply) {
      client.handle({ kind: "received", bytes: Uint8Array.of(byte) }, 10);
    }
    expect(drain(client)).toMatchObject([{ kind: "bound", mappedAddress: ME }]);
  });
});

describe("the Binding server", () => {
  const request = (fill: (writer: StunWriter) => StunWriter = (writer) => writer): Uint8Array =>
    fill(
      new StunWriter(new Uint8Array(128)).start(StunClass.request, StunMethod.binding, new Uint8Array(12)),
    ).finishCopy();

  test("answers 420 with the list of what it does not understand (RFC 8489 6.3.1)", () => {
    const server = new BindingServer({ software: "test" });
    server.handle({ kind: "datagram", socket: 1, from: ME, bytes: request((w) => w.u32(0x0055, 0).u32(0x8055, 0)) }, 0);
    const reply = StunMessage.parse(server.poll()?.bytes as Uint8Array);
    expect(reply.errorCode()?.code).toBe(420);
    expect(reply.value(StunAttribute.unknownAttributes)).toEqual(Uint8Array.of(0, 0x55));
    expect(reply.text(StunAttribute.software)).toBe("test");
  });

  test("drops and counts what is no request of its own", () => {
    const server = new BindingServer();
    const good = request((writer) => writer.fingerprint());
    const other = new StunWriter(new Uint8Array(64)).start(StunClass.request, StunMethod.allocate, new Uint8Array(12));
    for (const bytes of [good.slice(1), good.map((byte, at) => (at === 9 ? byte ^ 1 : byte)), other.finishCopy()]) {
      server.handle({ kind: "datagram", socket: 1, from: ME, bytes }, 0);
    }
    expect(server.poll()).toBeUndefined();
    expect(server.report()).toEqual({ answered: 0, malformed: 2, ignored: 1, limited: 0 });
  });

  test("a flood from one network gets a burst of 20, then 10 a second, and never more than 1.5 bytes for a byte and a grace", () => {
    const server = new BindingServer();
    const random = new SeededRandom(1);
    let [received, sent, replies] = [0, 0, 0];
    const bytes = request();
    for (let ms = 0; ms < 10_000; ms++) {
      const from = ipv4(0xc6336400 + random.integer(256), random.integer(65_536));
      server.handle({ kind: "datagram", socket: 1, from, bytes }, milliseconds(ms));
      received += bytes.length;
      for (let reply = server.poll(); reply !== undefined; reply = server.poll()) {
        sent += reply.bytes.length;
        replies++;
      }
    }
    expect(replies).toBeGreaterThanOrEqual(118);
    expect(replies).toBeLessThanOrEqual(120);
    expect(sent / received).toBeLessThan(0.1);
    // Another network is none the poorer.
    server.handle({ kind: "datagram", socket: 1, from: parseIpAddress("203.0.113.1", 1), bytes }, seconds(10));
    expect(server.poll()).toBeDefined();
  });

  test("bare requests that come slowly get no more than 1.5 bytes for a byte and the grace", () => {
    const server = new BindingServer();
    let [received, sent] = [0, 0];
    for (let i = 0; i < 400; i++) {
      server.handle(
        { kind: "datagram", socket: 1, from: parseIpAddress("2001:db8::1", i), bytes: request() },
        milliseconds(100 * i),
      );
      received += 20;
      sent += server.poll()?.bytes.length ?? 0;
    }
    // 128 bytes at once, and as many a minute.
    expect(sent).toBeLessThanOrEqual(1.5 * received + 128 + 128);
  });

  test("remembers a bounded number of networks, and proof clears one", () => {
    const guard = new ReplyGuard({ maxNetworks: 10, burst: 1 });
    for (let i = 0; i < 50; i++) {
      expect(guard.admits(ipv4(i << 8), 10, 0)).toBe(true);
      expect(guard.admits(ipv4(i << 8), 10, 0)).toBe(false);
    }
    expect(guard.size).toBe(10);
    guard.proven(ipv4(49 << 8));
    expect(guard.admits(ipv4(49 << 8), 10, 0)).toBe(true);
  });
});
