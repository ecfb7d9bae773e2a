// Peers of kernel stun-verify: the way that Node's own crypto offers, and werift's parser.
import { createHmac } from "node:crypto";
import { parseMessage } from "werift";
import {
  STUN_PASSWORD,
  STUN_REQUEST,
  verdictDigest,
} from "../../../examples/playground/src/bench/cases/stun-verify.js";
import type { CasePeer } from "../../../examples/playground/src/bench/kernel-case.js";

/** The same checks as anybody would write them in Node: attributes, CRC-32 by table, createHmac. */
const nodeCryptoPeer: CasePeer = {
  name: "JavaScript on node:crypto",
  prepare: () => {
    const bytes = Buffer.from(STUN_REQUEST);
    const key = Buffer.from(STUN_PASSWORD);
    const table = Int32Array.from({ length: 256 }, (_, byte) => {
      let crc = byte;
      for (let bit = 0; bit < 8; bit++) {
        crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
      }
      return crc;
    });
    let verdict = 0;
    return {
      run: () => {
        verdict = 0;
        let integrity = 0;
        let fingerprint = 0;
        for (let at = 20; at < bytes.length; at += 4 + ((bytes.readUInt16BE(at + 2) + 3) & ~3)) {
          const type = bytes.readUInt16BE(at);
          integrity = type === 0x0008 ? at : integrity;
          fingerprint = type === 0x8028 ? at : fingerprint;
        }
        let crc = -1;
        for (let at = 0; at < fingerprint; at++) {
          crc = (crc >>> 8) ^ table[(crc ^ bytes[at]) & 0xff];
        }
        if ((~crc ^ 0x5354554e) >>> 0 === bytes.readUInt32BE(fingerprint + 4)) {
          verdict |= 3;
        }
        const signed = Buffer.from(bytes.subarray(0, integrity));
        signed.writeUInt16BE(integrity + 4, 2);
        const mac = createHmac("sha1", key).update(signed).digest();
        if (mac.equals(bytes.subarray(integrity + 4, integrity + 24))) {
          verdict |= 12;
        }
      },
      digest: () => verdictDigest(verdict),
    };
  },
};

/** werift's parser, which checks both when it is given the key. */
const weriftPeer: CasePeer = {
  name: "werift",
  prepare: () => {
    const bytes = Buffer.from(STUN_REQUEST);
    const key = Buffer.from(STUN_PASSWORD);
    let verdict = 0;
    return {
      run: () => {
        verdict = parseMessage(bytes, key) === undefined ? 0 : 15;
      },
      digest: () => verdictDigest(verdict),
    };
  },
};

/** Both. */
export const stunPeers: CasePeer[] = [nodeCryptoPeer, weriftPeer];
