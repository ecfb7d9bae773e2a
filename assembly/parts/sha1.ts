// SHA-1's compression function (RFC 3174 6.1), the schedule four words a step and in registers.

/** Bytes of schedule: 80 words, each with its round's constant added. */
export const SCHEDULE_BYTES: usize = 320;
/** Bytes of state: five words and padding. */
export const STATE_BYTES: usize = 32;

const K0: u32 = 0x5a827999;
const K1: u32 = 0x6ed9eba1;
const K2: u32 = 0x8f1bbcdc;
const K3: u32 = 0xca62c1d6;

/** A number into a block, most significant byte first. */
// @ts-ignore: decorator
@inline
export function storeBlockWord(at: usize, word: u32): void {
  store<u32>(at, bswap<u32>(word));
}

// @ts-ignore: decorator
@inline
function turnLeft(x: v128, by: i32): v128 {
  return v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by));
}

/** Four words of the block as numbers. */
// @ts-ignore: decorator
@inline
function blockWords(at: usize): v128 {
  const words = v128.load(at);
  return i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Words i to i + 3 from the sixteen before them; the last of four depends on the first. */
// @ts-ignore: decorator
@inline
function early(w16: v128, w12: v128, w8: v128, w4: v128): v128 {
  const w14 = i8x16.shuffle(w16, w12, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
  const w3 = i8x16.shuffle(w4, i32x4.splat(0), 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
  const turned = turnLeft(v128.xor(v128.xor(w16, w14), v128.xor(w8, w3)), 1);
  const first = i8x16.shuffle(turned, i32x4.splat(0), 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3);
  return v128.xor(turned, turnLeft(first, 1));
}

/** The same recurrence taken twice: it reaches back far enough for four words at once. */
// @ts-ignore: decorator
@inline
function late(w32: v128, w28: v128, w16: v128, w8: v128, w4: v128): v128 {
  const w6 = i8x16.shuffle(w8, w4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
  return turnLeft(v128.xor(v128.xor(w32, w28), v128.xor(w16, w6)), 2);
}

/** Mixes the 64 bytes at `block` into the five words (as numbers) at `state`. `keyed` is the schedule's place. */
export function compressSha1(state: usize, block: usize, keyed: usize): void {
  let constant = i32x4.splat(K0);
  const w0 = blockWords(block);
  v128.store(keyed, i32x4.add(w0, constant));
  const w1 = blockWords(block + 16);
  v128.store(keyed, i32x4.add(w1, constant), 16);
  const w2 = blockWords(block + 32);
  v128.store(keyed, i32x4.add(w2, constant), 32);
  const w3 = blockWords(block + 48);
  v128.store(keyed, i32x4.add(w3, constant), 48);
  const w4 = early(w0, w1, w2, w3);
  v128.store(keyed, i32x4.add(w4, constant), 64);
  constant = i32x4.splat(K1);
  const w5 = early(w1, w2, w3, w4);
  v128.store(keyed, i32x4.add(w5, constant), 80);
  const w6 = early(w2, w3, w4, w5);
  v128.store(keyed, i32x4.add(w6, constant), 96);
  const w7 = early(w3, w4, w5, w6);
  v128.store(keyed, i32x4.add(w7, constant), 112);
  const w8 = late(w0, w1, w4, w6, w7);
  v128.store(keyed, i32x4.add(w8, constant), 128);
  const w9 = late(w1, w2, w5, w7, w8);
  v128.store(keyed, i32x4.add(w9, constant), 144);
  constant = i32x4.splat(K2);
  const w10 = late(w2, w3, w6, w8, w9);
  v128.store(keyed, i32x4.add(w10, constant), 160);
  const w11 = late(w3, w4, w7, w9, w10);
  v128.store(keyed, i32x4.add(w11, constant), 176);
  const w12 = late(w4, w5, w8, w10, w11);
  v128.store(keyed, i32x4.add(w12, constant), 192);
  const w13 = late(w5, w6, w9, w11, w12);
  v128.store(keyed, i32x4.add(w13, constant), 208);
  const w14 = late(w6, w7, w10, w12, w13);
  v128.store(keyed, i32x4.add(w14, constant), 224);
  constant = i32x4.splat(K3);
  const w15 = late(w7, w8, w11, w13, w14);
  v128.store(keyed, i32x4.add(w15, constant), 240);
  const w16 = late(w8, w9, w12, w14, w15);
  v128.store(keyed, i32x4.add(w16, constant), 256);
  const w17 = late(w9, w10, w13, w15, w16);
  v128.store(keyed, i32x4.add(w17, constant), 272);
  const w18 = late(w10, w11, w14, w16, w17);
  v128.store(keyed, i32x4.add(w18, constant), 288);
  const w19 = late(w11, w12, w15, w17, w18);
  v128.store(keyed, i32x4.add(w19, constant), 304);
  rounds(state, keyed);
}

// The sum's order keeps the chain from round to round short: only the turn of the newest word and one addition.
function rounds(state: usize, keyed: usize): void {
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let at = keyed;
  for (const end = keyed + 80; at < end; at += 20) {
    e = e + load<u32>(at) + (d ^ (b & (c ^ d))) + rotl(a, 5);
    b = rotl(b, 30);
    d = d + load<u32>(at, 4) + (c ^ (a & (b ^ c))) + rotl(e, 5);
    a = rotl(a, 30);
    c = c + load<u32>(at, 8) + (b ^ (e & (a ^ b))) + rotl(d, 5);
    e = rotl(e, 30);
    b = b + load<u32>(at, 12) + (a ^ (d & (e ^ a))) + rotl(c, 5);
    d = rotl(d, 30);
    a = a + load<u32>(at, 16) + (e ^ (c & (d ^ e))) + rotl(b, 5);
    c = rotl(c, 30);
  }
  for (const end = keyed + 160; at < end; at += 20) {
    e = e + load<u32>(at) + (b ^ c ^ d) + rotl(a, 5);
    b = rotl(b, 30);
    d = d + load<u32>(at, 4) + (a ^ b ^ c) + rotl(e, 5);
    a = rotl(a, 30);
    c = c + load<u32>(at, 8) + (e ^ a ^ b) + rotl(d, 5);
    e = rotl(e, 30);
    b = b + load<u32>(at, 12) + (d ^ e ^ a) + rotl(c, 5);
    d = rotl(d, 30);
    a = a + load<u32>(at, 16) + (c ^ d ^ e) + rotl(b, 5);
    c = rotl(c, 30);
  }
  for (const end = keyed + 240; at < end; at += 20) {
    e = e + load<u32>(at) + ((b & c) | (d & (b | c))) + rotl(a, 5);
    b = rotl(b, 30);
    d = d + load<u32>(at, 4) + ((a & b) | (c & (a | b))) + rotl(e, 5);
    a = rotl(a, 30);
    c = c + load<u32>(at, 8) + ((e & a) | (b & (e | a))) + rotl(d, 5);
    e = rotl(e, 30);
    b = b + load<u32>(at, 12) + ((d & e) | (a & (d | e))) + rotl(c, 5);
    d = rotl(d, 30);
    a = a + load<u32>(at, 16) + ((c & d) | (e & (c | d))) + rotl(b, 5);
    c = rotl(c, 30);
  }
  for (const end = keyed + 320; at < end; at += 20) {
    e = e + load<u32>(at) + (b ^ c ^ d) + rotl(a, 5);
    b = rotl(b, 30);
    d = d + load<u32>(at, 4) + (a ^ b ^ c) + rotl(e, 5);
    a = rotl(a, 30);
    c = c + load<u32>(at, 8) + (e ^ a ^ b) + rotl(d, 5);
    e = rotl(e, 30);
    b = b + load<u32>(at, 12) + (d ^ e ^ a) + rotl(c, 5);
    d = rotl(d, 30);
    a = a + load<u32>(at, 16) + (c ^ d ^ e) + rotl(b, 5);
    c = rotl(c, 30);
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
}
