// What every kernel case comes to, by its id: in Node and Chromium, on plain and shared memory, by kernel and by twin.

/** `test/examples/kernel-bench-digests.test.ts` compares them in every runtime; a changed input changes its line. */
export const KERNEL_DIGESTS: Readonly<Record<string, string>> = {
  "start codes, x264 stream": "b2d73e81",
  "start codes, random bytes": "6e9b7bd7",
  "start codes, zero-heavy (00 00 03)": "4b95f515",
  "start codes, zeros only": "4b95f515",
  "H.264 packetize, 60 kB access unit": "e801106f",
  "H.264 packetize, 8 kB access unit": "3d84c628",
  "RTP stamp, 1 a call": "5f6c4250",
  "RTP stamp, 4 a call": "33ecfdd1",
  "RTP stamp, 8 a call": "a969d0f0",
  "RTP stamp, 50 a call": "79bc1356",
  "RTP parse and rewrite, batch of 64": "50f1febb",
  "STUN verify, 108 B": "dc73306a",
  "TURN ChannelData, 1 a call": "da227687",
  "TURN Data indications, 1 a call": "2c755e4b",
  "TURN ChannelData, 64 a call": "4e197a35",
  "TURN Data indications, 64 a call": "125055f5",
  "motion, 1920 x 1080": "54784d9d",
  "motion, 1280 x 720": "f8fcef16",
  "motion, 640 x 360": "99959805",
};
