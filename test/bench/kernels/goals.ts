// What the kernels must reach, each beside a peer of the same run.

/** A goal of one case against one peer: so many times its speed at least, or its time at most. */
export type KernelGoal = {
  /** The beginning of the ids of the cases that it holds for. */
  readonly cases: string;
  readonly peer: string;
  /** The peer is not everywhere: a compiler. Without it the goal is not measured. */
  readonly isOptional?: boolean;
} & ({ readonly speedAtLeast: number } | { readonly timeAtMost: number });

/** Every goal. */
export const kernelGoals: readonly KernelGoal[] = [
  { cases: "start codes, x264 stream", peer: "Buffer.indexOf", speedAtLeast: 3 },
  { cases: "start codes, ", peer: "memory.copy of the bytes", speedAtLeast: 0.4 },
  { cases: "H.264 packetize, 60 kB", peer: "JavaScript, an array for each packet", speedAtLeast: 6 },
  { cases: "H.264 packetize, 60 kB", peer: "JavaScript, Buffer.allocUnsafe for each packet", speedAtLeast: 6 },
  { cases: "RTP parse and rewrite, batch of 64", peer: "werift: deSerialize, edit, serialize", speedAtLeast: 500 },
  { cases: "RTP parse and rewrite, batch of 64", peer: "C, cc -O3 -march=native", timeAtMost: 2.2, isOptional: true },
  { cases: "STUN verify, 108 B", peer: "JavaScript on node:crypto", speedAtLeast: 4 },
  { cases: "STUN verify, 108 B", peer: "werift", speedAtLeast: 10 },
  { cases: "motion, 1920 x 1080", peer: "memory.copy of the plane", timeAtMost: 1.3 },
  { cases: "motion, 1920 x 1080", peer: "TypeScript twin", speedAtLeast: 25 },
  { cases: "voice band energies", peer: "libfvad's npm WASM", speedAtLeast: 2 },
  // What is no framing, header, motion or voice ships as WASM only when it is worth it.
  { cases: "half size", peer: "TypeScript twin", speedAtLeast: 2 },
  { cases: "NV12 to I420", peer: "TypeScript twin", speedAtLeast: 2 },
  { cases: "I420 to NV12", peer: "TypeScript twin", speedAtLeast: 2 },
  { cases: "samples to float", peer: "TypeScript twin", speedAtLeast: 2 },
  { cases: "samples to integers", peer: "TypeScript twin", speedAtLeast: 2 },
];
