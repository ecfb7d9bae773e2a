// A kernel case: one workload of one kernel, the same in Node and on the page. It imports the public door only, so that
// both measure what a user gets.
import { Arena, type Kernels, loadKernels } from "floe";

/** One memory with its kernels, or with their twins. */
export type KernelSide = {
  readonly arena: Arena;
  readonly kernels: Kernels;
};

/** A workload that is ready to run. */
export type PreparedCase = {
  /** One call: what is measured. Called any number of times; does the same work each time, and allocates only what it measures. */
  readonly run: () => void;
  /** So many calls at once, for those to whom a call costs as much as the work. */
  readonly repeat?: (calls: number) => void;
  /** The digest of what the first call put out (see digest.ts). Peers of the same work come to the same digest; a floor has none. */
  readonly digest?: () => string;
};

/** Something else that does the work, or a part of it, and runs in every runtime. */
export type CasePeer = {
  /** `memory.copy of the bytes`, `plain JavaScript, an array for each packet`. */
  readonly name: string;
  readonly prepare: (side: KernelSide) => PreparedCase;
};

/** One workload. Kernel and twin, on plain and on shared memory, come to the same digest. */
export type KernelCase = {
  /** The kernel's name in assembly/. */
  readonly kernel: string;
  /** Unique and stable: digests and goals refer to it. `start codes, x264 stream`. */
  readonly id: string;
  /** One plain sentence for the page: what is done, and where the product does it. */
  readonly measures: string;
  /** What a call works through; decides the unit: byte GB/s, packet ns/packet, frame us/frame. */
  readonly per: "byte" | "packet" | "frame";
  /** Bytes, packets or frames of one call. */
  readonly perCall: number;
  /** Size of the arena that the case needs. */
  readonly arenaBytes: number;
  /** Writes the input into the arena and builds the faces. Takes regions of the arena for good: once a side. */
  readonly prepare: (side: KernelSide) => Required<Pick<PreparedCase, "run" | "digest">>;
  readonly peers?: readonly CasePeer[];
};

/** How a side is built. */
export type SideOptions = {
  readonly shared: boolean;
  /** TypeScript instead of WebAssembly. */
  readonly twin: boolean;
};

/** A new arena with its kernels. Throws when WebAssembly was wanted and cannot run here. */
export async function createSide({ arenaBytes }: KernelCase, { shared, twin }: SideOptions): Promise<KernelSide> {
  const arena = Arena.create({ sizeBytes: arenaBytes, shared });
  const kernels = await loadKernels(arena, { forceTwins: twin });
  if ((kernels.kind === "twin") !== twin) {
    throw new Error(`The kernels do not run here: ${kernels.reason}.`);
  }
  return { arena, kernels };
}

/** What the case comes to on a side of its own, after one call. */
export async function digestOf(each: KernelCase, options: SideOptions): Promise<string> {
  const { run, digest } = each.prepare(await createSide(each, options));
  run();
  return digest();
}
