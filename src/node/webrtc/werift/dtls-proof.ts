// Whether the other end of a DTLS handshake holds the key of the certificate that its description told of (RFC 8122, RFC 8842).
// werift compares nothing but the certificate, which is no secret: without these signatures whoever sits on the path could
// show the peer's certificate and agree on keys of its own.
import { createHash, createVerify, X509Certificate } from "node:crypto";
import type { Fingerprint } from "../../../core/sdp/session-description.js";
import type { Werift } from "./load-werift.js";

type DtlsSocket = InstanceType<Werift["DtlsSocket"]>;

/** Handshake messages (RFC 5246 7.4), and the flights that werift keeps them under. */
const CERTIFICATE = 11;
const SERVER_KEY_EXCHANGE = 12;
const CERTIFICATE_VERIFY = 15;
const CLIENT_KEY_EXCHANGE = 16;
const SERVER_FLIGHT = 4;
const CLIENT_FLIGHT = 5;

/** TLS' numbers of hashes (RFC 5246 7.4.1.4.1); MD5 and SHA-1 are no proof of anything. */
const HASHES: { readonly [number: number]: string } = { 4: "sha256", 5: "sha384", 6: "sha512" };
/** The same of certificates in descriptions, the strongest last. */
export const FINGERPRINT_HASHES: readonly string[] = ["sha-256", "sha-384", "sha-512"];

/** What is wrong with the peer, in words; undefined when it has proven itself. Never throws. */
export function dtlsFault(
  socket: DtlsSocket,
  role: "client" | "server",
  fingerprints: readonly Fingerprint[],
): string | undefined {
  try {
    const certificate = certificateOf(socket, role);
    if (!isTold(certificate, fingerprints)) {
      return "its certificate is not the one of its description";
    }
    return (role === "client" ? isServerProven : isClientProven)(socket, certificate)
      ? undefined
      : "it did not prove that the certificate is its own";
  } catch (error) {
    return `its handshake is not complete: ${(error as Error).message}`;
  }
}

/** The first certificate of its chain, which the library must have taken too. */
function certificateOf(socket: DtlsSocket, role: "client" | "server"): Buffer {
  const message = messageOf(socket, role === "client" ? SERVER_FLIGHT : CLIENT_FLIGHT, CERTIFICATE);
  const certificate = message.subarray(6, 6 + message.readUIntBE(3, 3));
  if (socket.remoteCertificate?.equals(certificate) !== true) {
    throw new Error("the certificate has changed");
  }
  return certificate;
}

/** The strongest hash that was told counts (RFC 8122 5). */
function isTold(certificate: Buffer, fingerprints: readonly Fingerprint[]): boolean {
  const strength = ({ algorithm }: Fingerprint): number => FINGERPRINT_HASHES.indexOf(algorithm);
  const strongest = Math.max(...fingerprints.map(strength));
  return fingerprints
    .filter((fingerprint) => strongest >= 0 && strength(fingerprint) === strongest)
    .some(({ algorithm, value }) => {
      const digest = createHash(algorithm.replace("-", "")).update(certificate).digest("hex");
      return digest === value.replaceAll(":", "").toLowerCase();
    });
}

/** The server signs both randoms and its part of the key (RFC 8422 5.4). */
function isServerProven(socket: DtlsSocket, certificate: Buffer): boolean {
  const message = messageOf(socket, SERVER_FLIGHT, SERVER_KEY_EXCHANGE);
  const keyEnd = 4 + message[3];
  const { localRandom, remoteRandom } = socket.cipher;
  return (
    isUsed(socket, message.subarray(4, keyEnd)) &&
    isSigned(certificate, message.subarray(keyEnd), [
      localRandom.serialize(),
      remoteRandom.serialize(),
      message.subarray(0, keyEnd),
    ])
  );
}

/** The client signs everything so far, its part of the key being the last (RFC 5246 7.4.8). */
function isClientProven(socket: DtlsSocket, certificate: Buffer): boolean {
  const key = messageOf(socket, CLIENT_FLIGHT, CLIENT_KEY_EXCHANGE);
  const signature = messageOf(socket, CLIENT_FLIGHT, CERTIFICATE_VERIFY);
  const messages = socket.dtls.sortedHandshakeCache;
  const before = messages.slice(
    0,
    messages.findIndex(({ msg_type }) => msg_type === CERTIFICATE_VERIFY),
  );
  const signed = before.map((message) => message.serialize());
  return isUsed(socket, key.subarray(1, 1 + key[0])) && isSigned(certificate, signature, signed);
}

/** Whether the key that was signed is the one that the library went on with. */
function isUsed({ cipher }: DtlsSocket, publicKey: Buffer): boolean {
  return cipher.remoteKeyPair.publicKey?.equals(publicKey) === true;
}

/** `signature`: hash and algorithm (8 bits each), length (16), signature. The certificate's key decides the algorithm. */
function isSigned(certificate: Buffer, signature: Buffer, signed: readonly Buffer[]): boolean {
  const hash = HASHES[signature[0]];
  if (hash === undefined) {
    return false;
  }
  const verify = createVerify(hash);
  for (const bytes of signed) {
    verify.update(bytes);
  }
  const end = 4 + signature.readUInt16BE(2);
  return verify.verify(new X509Certificate(certificate).publicKey, signature.subarray(4, end));
}

function messageOf({ dtls }: DtlsSocket, flight: number, type: number): Buffer {
  const message = dtls.handshakeCache[flight]?.data.find(({ msg_type }) => msg_type === type);
  if (message === undefined) {
    throw new Error(`message ${type} is missing`);
  }
  return message.fragment;
}
