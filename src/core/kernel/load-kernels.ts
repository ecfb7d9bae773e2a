// Loads the kernels: compiled once per process, instantiated on each arena's memory. Where WebAssembly or SIMD is missing
// or forbidden (a page's CSP), the TypeScript twins do the same work and the reason is kept.
import { decodeBase64 } from "../bytes/base64.js";
import { FloeError } from "../error/floe-error.js";
import type { Arena } from "./arena.js";
import { EMBEDDED_KERNELS } from "./embedded-kernels.js";
import type { KernelCounter, KernelDefinition, Kernels } from "./kernel.js";
import { type KernelMemory, memoryHandle } from "./kernel-memory.js";
import { importPlainMemory } from "./memory-import.js";

/** Where the kernels come from. Embedded is right nearly always: no bundler rule, works offline and in workers. */
export type KernelSource =
  | { readonly kind: "embedded" }
  /** The files of wasm/ by kernel name, as they are: built for shared memory. */
  | { readonly kind: "bytes"; readonly bytes: Readonly<Record<string, Uint8Array>> }
  /** `read` fetches `${baseUrl}/${name}.wasm`; core has no fetch of its own. */
  | { readonly kind: "url"; readonly baseUrl: string; readonly read: (url: string) => Promise<Uint8Array> }
  /** `WebAssembly.Module`s by kernel name; their memory import must match the arena (shared or plain). */
  | { readonly kind: "module"; readonly modules: Readonly<Record<string, object>> };

/** How to load. */
export interface LoadKernelsOptions {
  readonly source?: KernelSource;
  /** TypeScript twins, whatever the runtime can do. For tests and comparisons. */
  readonly forceTwins?: boolean;
}

type Instances = Readonly<Record<string, Record<string, unknown>>>;

/** Modules of the embedded kernels, one compilation per process and kind of memory. */
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * The kernels of `arena`. Falls back to twins when the runtime cannot run them; throws `kernel/bad-module` only for a
 * `source` of the caller's own that does not hold our kernels.
 */
export async function loadKernels(arena: Arena, options: LoadKernelsOptions = {}): Promise<Kernels> {
  const { source = { kind: "embedded" }, forceTwins = false } = options;
  const { memory } = arena;
  const missing = forceTwins ? "twins were asked for" : missingFeature(memory);
  if (missing !== "") {
    return new LoadedKernels(memory, undefined, missing);
  }
  try {
    return new LoadedKernels(memory, await instantiateAll(memory, source), "");
  } catch (cause) {
    if (source.kind !== "embedded") {
      throw new FloeError("kernel/bad-module", `the kernels given as ${source.kind} do not load: ${reasonOf(cause)}`, {
        cause,
        fix: "Give the files of floe/wasm of this version.",
      });
    }
    return new LoadedKernels(memory, undefined, `the runtime refuses the kernels: ${reasonOf(cause)}`);
  }
}

function missingFeature(memory: KernelMemory): string {
  if (typeof WebAssembly === "undefined" || memoryHandle(memory) === undefined) {
    return "the runtime has no WebAssembly";
  }
  return "";
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

async function instantiateAll(memory: KernelMemory, source: KernelSource): Promise<Instances> {
  const imports = { env: { memory: memoryHandle(memory) } };
  const instances: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(EMBEDDED_KERNELS)) {
    const module = await compile(name, memory.isShared, source);
    instances[name] = new WebAssembly.Instance(module, imports).exports;
  }
  return instances;
}

async function compile(name: string, isShared: boolean, source: KernelSource): Promise<WebAssembly.Module> {
  switch (source.kind) {
    case "embedded":
      return compileEmbedded(name, isShared);
    case "module":
      return required(source.modules[name], name) as WebAssembly.Module;
    case "bytes":
      return WebAssembly.compile(forMemory(required(source.bytes[name], name), isShared));
    case "url": {
      const bytes = await source.read(`${source.baseUrl.replace(/\/$/, "")}/${name}.wasm`);
      return WebAssembly.compile(forMemory(bytes, isShared));
    }
    default:
      return source satisfies never;
  }
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) {
    throw new Error(`${name} is missing`);
  }
  return value;
}

function compileEmbedded(name: string, isShared: boolean): Promise<WebAssembly.Module> {
  const key = `${name} ${isShared ? "shared" : "plain"}`;
  let module = compiled.get(key);
  if (module === undefined) {
    module = WebAssembly.compile(forMemory(decodeBase64(EMBEDDED_KERNELS[name]), isShared));
    compiled.set(key, module);
  }
  return module;
}

function forMemory(bytes: Uint8Array, isShared: boolean): Uint8Array {
  return isShared ? bytes : importPlainMemory(bytes);
}

class LoadedKernels implements Kernels {
  readonly memory: KernelMemory;
  readonly reason: string;
  readonly counters: Record<string, KernelCounter> = {};
  readonly #instances: Instances | undefined;

  constructor(memory: KernelMemory, instances: Instances | undefined, reason: string) {
    this.memory = memory;
    this.reason = reason;
    this.#instances = instances;
  }

  get kind(): "wasm" | "twin" {
    return this.#instances === undefined ? "twin" : "wasm";
  }

  bind<Calls>(definition: KernelDefinition<Calls>): Calls {
    if (!Object.hasOwn(EMBEDDED_KERNELS, definition.name)) {
      throw new FloeError("kernel/unknown", `there is no kernel ${definition.name}`);
    }
    this.counter(definition.name);
    return this.#instances === undefined ? definition.twin(this.memory) : (this.#instances[definition.name] as Calls);
  }

  counter(name: string): KernelCounter {
    let counter = this.counters[name];
    if (counter === undefined) {
      counter = { calls: 0, bytes: 0 };
      this.counters[name] = counter;
    }
    return counter;
  }
}
