// Loads the kernels: each compiled once per process, when a face first binds it, and instantiated on each arena's memory.
// Where WebAssembly or SIMD is missing or forbidden (a page's CSP), the TypeScript twins do the same work and the reason
// is kept.
import { decodeBase64 } from "../bytes/base64.js";
import { FloeError } from "../error/floe-error.js";
import type { Arena } from "./arena.js";
import { ANNEXB_SCAN_WASM } from "./embedded/annexb-scan.js";
import type { KernelCounter, KernelDefinition, Kernels } from "./kernel.js";
import { type KernelMemory, memoryHandle } from "./kernel-memory.js";
import { KERNEL_NAMES } from "./kernel-names.js";
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

/** The embedded kernel that is tried out first: it has SIMD, and imports the memory as all do. */
const PROBE = { name: "annexb-scan", embedded: ANNEXB_SCAN_WASM };

/** Modules of the embedded kernels, one compilation per process and kind of memory. */
const compiled = new Map<string, WebAssembly.Module>();

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
  if (source.kind === "embedded") {
    try {
      return new LoadedKernels(memory, { [PROBE.name]: await instantiateProbe(memory) }, "");
    } catch (cause) {
      return new LoadedKernels(memory, undefined, `the runtime refuses the kernels: ${reasonOf(cause)}`);
    }
  }
  try {
    return new LoadedKernels(memory, await instantiateAll(memory, source), "");
  } catch (cause) {
    throw new FloeError("kernel/bad-module", `the kernels given as ${source.kind} do not load: ${reasonOf(cause)}`, {
      cause,
      fix: "Give the files of floe/wasm of this version.",
    });
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

function instantiate(module: WebAssembly.Module, memory: KernelMemory): Record<string, unknown> {
  return new WebAssembly.Instance(module, { env: { memory: memoryHandle(memory) } }).exports;
}

async function instantiateProbe(memory: KernelMemory): Promise<Record<string, unknown>> {
  const key = moduleKey(PROBE.name, memory);
  const module =
    compiled.get(key) ?? (await WebAssembly.compile(forMemory(decodeBase64(PROBE.embedded), memory.isShared)));
  compiled.set(key, module);
  return instantiate(module, memory);
}

/** Kernels are small enough that a page's main thread may compile one at once; the build refuses larger ones. */
function instantiateEmbedded({ name, embedded }: typeof PROBE, memory: KernelMemory): Record<string, unknown> {
  const key = moduleKey(name, memory);
  const module = compiled.get(key) ?? new WebAssembly.Module(forMemory(decodeBase64(embedded), memory.isShared));
  compiled.set(key, module);
  return instantiate(module, memory);
}

function moduleKey(name: string, { isShared }: KernelMemory): string {
  return `${name} ${isShared ? "shared" : "plain"}`;
}

type OwnSource = Exclude<KernelSource, { kind: "embedded" }>;

async function instantiateAll(memory: KernelMemory, source: OwnSource): Promise<Instances> {
  const instances: Record<string, Record<string, unknown>> = {};
  for (const name of KERNEL_NAMES) {
    instances[name] = instantiate(await compileOwn(name, memory.isShared, source), memory);
  }
  return instances;
}

async function compileOwn(name: string, isShared: boolean, source: OwnSource): Promise<WebAssembly.Module> {
  switch (source.kind) {
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

function forMemory(bytes: Uint8Array, isShared: boolean): Uint8Array {
  return isShared ? bytes : importPlainMemory(bytes);
}

class LoadedKernels implements Kernels {
  readonly memory: KernelMemory;
  readonly reason: string;
  readonly counters: Record<string, KernelCounter> = {};
  readonly #instances: Record<string, Record<string, unknown>> | undefined;

  constructor(memory: KernelMemory, instances: Instances | undefined, reason: string) {
    this.memory = memory;
    this.reason = reason;
    this.#instances = instances === undefined ? undefined : { ...instances };
  }

  get kind(): "wasm" | "twin" {
    return this.#instances === undefined ? "twin" : "wasm";
  }

  bind<Calls>(definition: KernelDefinition<Calls>): Calls {
    const { name } = definition;
    if (!KERNEL_NAMES.includes(name)) {
      throw new FloeError("kernel/unknown", `there is no kernel ${name}`);
    }
    this.counter(name);
    if (this.#instances === undefined) {
      return definition.twin(this.memory);
    }
    this.#instances[name] ??= instantiateEmbedded(definition, this.memory);
    return this.#instances[name] as Calls;
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
