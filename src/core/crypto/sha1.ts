// SHA-1 (RFC 3174). Broken for signatures; STUN's MESSAGE-INTEGRITY and TURN's REST credentials are HMACs of it.
import { type BlockHash, readBlockWords } from "./block-hash.js";

const schedule = new Int32Array(80);

/** SHA-1: 20 bytes. */
export const SHA1: BlockHash = {
  name: "sha-1",
  digestBytes: 20,
  initial: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0],
  isLittleEndian: false,
  compress(state, bytes, at) {
    const w = schedule;
    readBlockWords(w, bytes, at);
    for (let i = 16; i < 80; i++) {
      const mixed = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16];
      w[i] = (mixed << 1) | (mixed >>> 31);
    }
    let a = state[0] | 0;
    let b = state[1] | 0;
    let c = state[2] | 0;
    let d = state[3] | 0;
    let e = state[4] | 0;
    for (let i = 0; i < 80; i++) {
      let mixed: number;
      if (i < 20) {
        mixed = (d ^ (b & (c ^ d))) + 0x5a827999;
      } else if (i < 40) {
        mixed = (b ^ c ^ d) + 0x6ed9eba1;
      } else if (i < 60) {
        mixed = ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
      } else {
        mixed = (b ^ c ^ d) + 0xca62c1d6;
      }
      const next = (((a << 5) | (a >>> 27)) + (mixed | 0) + e + w[i]) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  },
};
