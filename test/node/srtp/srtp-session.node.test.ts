// SRTP by published vectors, beside werift's as an independent one, and against what a network or a stranger does to packets.

import { describe, expect, test } from "vitest";
import { SrtcpSession, SrtpSession as WeriftSrtp } from "werift";
import { deriveSrtpKeys } from "../../../src/node/srtp/srtp-keys.js";
import {
  AEAD_AES_128_GCM,
  AES128_CM_HMAC_SHA1_80,
  type SrtpMaster,
  type SrtpProfile,
} from "../../../src/node/srtp/srtp-profile.js";
import { MAX_SRTP_SOURCES, SrtpSession } from "../../../src/node/srtp/srtp-session.js";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");
const PROFILES = [AEAD_AES_128_GCM, AES128_CM_HMAC_SHA1_80];

/** The master key and salt of RFC 3711 B.3. */
const VECTOR: SrtpMaster = {
  key: hex("E1F97A0D3E018BE0D64FA32C06DE4139"),
  salt: hex("0EC675AD498AFEEBB6960B3AABE6"),
};

function master(profile: SrtpProfile, seed: number): SrtpMaster {
  return {
    key: Buffer.alloc(profile.keyBytes, seed),
    salt: Buffer.alloc(profile.saltBytes, seed + 1),
  };
}

/** Two ends that know each other's keys. */
function pair(profile: SrtpProfile): [SrtpSession, SrtpSession] {
  const [a, b] = [master(profile, 1), master(profile, 3)];
  return [new SrtpSession(profile, { local: a, remote: b }), new SrtpSession(profile, { local: b, remote: a })];
}

function rtp(sequenceNumber: number, { ssrc = 0xcafe_babe, payload = 20 } = {}): Buffer {
  const packet = Buffer.alloc(12 + payload, sequenceNumber & 0xff);
  packet.writeUInt16BE(0x8066);
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

const REPORT = hex("81c9 0007 0000 0001 0000 1092 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000");

test("keys are derived as in RFC 3711 B.3", () => {
  const { rtp: keys } = deriveSrtpKeys(AES128_CM_HMAC_SHA1_80, VECTOR);
  expect(keys.cipher.export()).toEqual(hex("C61E7A93744F39EE10734AFE3FF7A087"));
  expect(keys.salt).toEqual(hex("30CBBC08863D8C85D49DB34A9AE1"));
  expect(keys.authentication.export()).toEqual(hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
});

test("a packet is protected as libsrtp does it with the same keys", () => {
  const session = new SrtpSession(AES128_CM_HMAC_SHA1_80, { local: VECTOR, remote: VECTOR });
  const plain = hex(`800f1234 decafbad cafebabe ${"ab".repeat(16)}`);
  const sealed = hex("800f1234 decafbad cafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb");
  expect(session.protect(plain)).toEqual(sealed);
  expect(session.unprotect(sealed)).toEqual(plain);
});

describe.each(PROFILES)("$name", (profile) => {
  test("RTP with CSRCs, extension and padding, and RTCP, come out as they went in", () => {
    const [near, far] = pair(profile);
    const whole = hex("b2 66 0001 00000002 cafebabe 00000005 00000006 bede0001 10ff0000 01020304 00000004");
    for (const packet of [whole, rtp(2, { payload: 0 }), rtp(3, { payload: 1388 }), REPORT, hex("80c90001cafebabe")]) {
      const sealed = near.protect(packet);
      expect(sealed?.length).toBeGreaterThan(packet.length);
      expect(far.unprotect(sealed as Buffer)).toEqual(packet);
    }
    const shared = new Uint8Array(new SharedArrayBuffer(100), 10, 32);
    shared.set(rtp(4));
    expect(far.unprotect(near.protect(shared) as Buffer)).toEqual(rtp(4));
  });

  test("werift opens what we seal, and we what it seals", () => {
    const [ours, theirs] = [master(profile, 1), master(profile, 3)];
    const near = new SrtpSession(profile, { local: ours, remote: theirs });
    const config = {
      keys: {
        localMasterKey: Buffer.from(theirs.key),
        localMasterSalt: Buffer.from(theirs.salt),
        remoteMasterKey: Buffer.from(ours.key),
        remoteMasterSalt: Buffer.from(ours.salt),
      },
      profile: profile.id as 1 | 7,
    };
    const [far, farRtcp] = [new WeriftSrtp(config), new SrtcpSession(config)];
    expect(far.decrypt(near.protect(rtp(7)) as Buffer)).toEqual(rtp(7));
    expect(farRtcp.decrypt(near.protect(REPORT) as Buffer)).toEqual(REPORT);
    expect(near.unprotect(farRtcp.encrypt(REPORT))).toEqual(REPORT);
  });

  test("sequence numbers go on past their wrap, also when hundreds of packets around it are lost or late", () => {
    const [near, far] = pair(profile);
    const order = [65_000, 65_400, 65_600, 65_500, 65_599, 66_000, 98_000, 130_000, 131_071, 131_073];
    for (const index of order) {
      expect(far.unprotect(near.protect(rtp(index)) as Buffer)).toEqual(rtp(index));
    }
  });

  test("a packet that comes twice is dropped, one that was sent twice too, one that is late is not", () => {
    const [near, far] = pair(profile);
    const [first, second, report] = [rtp(1), rtp(2), REPORT].map((packet) => near.protect(packet) as Buffer);
    expect(near.protect(rtp(1))).toEqual(first);
    for (const sealed of [second, first, report]) {
      expect(far.unprotect(Buffer.from(sealed))).toBeDefined();
      expect(far.unprotect(Buffer.from(sealed))).toBeUndefined();
    }
    expect(far.counters.replayed).toBe(3);
  });

  test("a packet with a bit turned anywhere is dropped and harms no later one", () => {
    const [near, far] = pair(profile);
    for (const packet of [rtp(1), REPORT]) {
      const sealed = near.protect(packet) as Buffer;
      for (let bit = 0; bit < 8 * sealed.length; bit++) {
        const altered = Buffer.from(sealed);
        altered[bit >> 3] ^= 1 << (bit & 7);
        expect(far.unprotect(altered)).toBeUndefined();
      }
      expect(far.unprotect(sealed)).toEqual(packet);
    }
  });

  test("whatever is no packet is dropped, and nothing throws", () => {
    const [near, far] = pair(profile);
    for (let length = 0; length < 64; length++) {
      for (const head of ["", "80", "bf66", "90660001", "80c9", "00"]) {
        const bytes = Buffer.concat([hex(head), Buffer.alloc(length, 0xff)]);
        near.protect(bytes);
        expect(far.unprotect(bytes)).toBeUndefined();
      }
    }
  });

  test("a source too many is dropped and counted, and those before it go on", () => {
    const [near, far] = pair(profile);
    for (let ssrc = 1; ssrc <= MAX_SRTP_SOURCES; ssrc++) {
      expect(far.unprotect(near.protect(rtp(1, { ssrc })) as Buffer)).toBeDefined();
    }
    expect(near.protect(rtp(1, { ssrc: 5000 }))).toBeUndefined();
    expect(near.counters.overflow).toBe(1);
    expect(far.unprotect(near.protect(rtp(2, { ssrc: 1 })) as Buffer)).toEqual(rtp(2, { ssrc: 1 }));
  });
});
