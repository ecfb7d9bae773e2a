// Two ends of DTLS, wired to each other, and one that is not who it says.
import { X509Certificate } from "node:crypto";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import type { SrtpSession } from "../../../../src/node/srtp/srtp-session.js";
import { type DtlsCertificate, DtlsSession } from "../../../../src/node/webrtc/werift/dtls-session.js";
import { loadWerift, type Werift } from "../../../../src/node/webrtc/werift/load-werift.js";
import { rtp } from "../../../compliance/packets.js";

let werift: Werift;
const certificates: DtlsCertificate[] = [];

beforeAll(async () => {
  werift = await loadWerift();
  for (let count = 0; count < 3; count++) {
    const { SignatureAlgorithm, HashAlgorithm, NamedCurveAlgorithm } = werift;
    certificates.push(
      await werift.CipherContext.createSelfSignedCertificateWithKey(
        { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
        NamedCurveAlgorithm.secp256r1_23,
      ),
    );
  }
});

function fingerprintsOf({ certPem }: DtlsCertificate): { algorithm: string; value: string }[] {
  return [{ algorithm: "sha-256", value: new X509Certificate(certPem).fingerprint256 }];
}

type Pair = { readonly client: DtlsSession; readonly server: DtlsSession };

/** A client and a server; each expects the certificate that the other shows, whatever key it has. */
function pair({
  clientKey = 0,
  serverKey = 1,
  onWay = (datagram: Uint8Array) => [datagram],
}: {
  clientKey?: number;
  serverKey?: number;
  onWay?: (datagram: Uint8Array, from: "client" | "server") => Uint8Array[];
} = {}): Pair {
  const ends: { client?: DtlsSession; server?: DtlsSession } = {};
  const carry = (from: "client" | "server", to: "client" | "server") => (datagram: Uint8Array) => {
    const copies = onWay(datagram, from).map((copy) => Buffer.from(copy));
    setImmediate(() => {
      for (const copy of copies) {
        ends[to]?.receive(copy);
      }
    });
  };
  const client = new DtlsSession(werift, {
    certificate: { ...certificates[0], keyPem: certificates[clientKey].keyPem },
    role: "client",
    fingerprints: fingerprintsOf(certificates[1]),
    send: carry("client", "server"),
  });
  const server = new DtlsSession(werift, {
    certificate: { ...certificates[1], keyPem: certificates[serverKey].keyPem },
    role: "server",
    fingerprints: fingerprintsOf(certificates[0]),
    send: carry("server", "client"),
  });
  Object.assign(ends, { client, server });
  onTestFinished(() => {
    client.close();
    server.close();
  });
  server.start();
  client.start();
  return { client, server };
}

/** Resolves with the keys of one end once it is connected. */
function connected(end: DtlsSession): Promise<SrtpSession> {
  return new Promise((resolve, reject) => {
    end.connected.on((srtp) => srtp && resolve(srtp));
    end.failed.on((why) => reject(new Error(why)));
  });
}

test("both ends get the same keys, carry data, and hear each other's goodbye", async () => {
  const both = pair();
  const [client, server] = await Promise.all([connected(both.client), connected(both.server)]);
  expect(server.unprotect(client.protect(rtp(1)) as Buffer)).toEqual(rtp(1));
  const [came, back] = [both.server, both.client].map((end) => new Promise((resolve) => end.received.on(resolve)));
  both.client.send(Buffer.from("there"));
  expect(await came).toEqual(Buffer.from("there"));
  both.server.send(Buffer.from("back"));
  expect(await back).toEqual(Buffer.from("back"));
  const ended = new Promise<void>((resolve) => both.server.ended.on(resolve));
  both.client.close();
  await ended;
});

test.each([
  1, 2, 3, 4, 5, 6,
])("a handshake whose datagram %i is lost, and all others come twice, is made all the same", async (lost) => {
  let count = 0;
  const both = pair({
    onWay: (datagram) => {
      count++;
      return count === lost ? [] : [datagram, datagram];
    },
  });
  await Promise.all([connected(both.client), connected(both.server)]);
});

test.each([
  { who: "server", keys: { serverKey: 2 } },
  { who: "client", keys: { clientKey: 2 } },
] as const)("a $who with the right certificate and another key is not who it says", async ({ who, keys }) => {
  const both = pair(keys);
  const victim = who === "server" ? both.client : both.server;
  const isConnected = new Promise<string>((resolve) => victim.connected.on(() => resolve("connected")));
  const failed = new Promise<string>((resolve) => victim.failed.on(resolve));
  expect(await Promise.race([isConnected, failed])).toMatch(/did not prove that the certificate is its own/);
});
