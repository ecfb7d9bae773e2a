// The parameter sets that a stream has told so far, to be repeated in front of a key frame that comes without them.
import { WireError } from "../../error/floe-error.js";
import { NalType, nalType } from "./nal-unit.js";
import { RbspReader } from "./rbsp-reader.js";

/** Larger than any honest parameter set; bigger ones are not remembered. */
const MAX_SET_BYTES = 1024;
const START_CODE_BYTES = 4;

/** Remembers the newest SPS and PPS of each id: at most 32 and 256, each up to 1 KiB. */
export class ParameterSets {
  readonly #sps = new Map<number, Uint8Array>();
  readonly #pps = new Map<number, Uint8Array>();
  #annexB: Uint8Array | undefined;

  /** Whether there is at least one of both: without them nothing can be decoded. */
  get isComplete(): boolean {
    return this.#sps.size > 0 && this.#pps.size > 0;
  }

  /** The SPS that came last, header byte included. */
  get newestSps(): Uint8Array | undefined {
    return [...this.#sps.values()].at(-1);
  }

  /** All of them with start codes, SPS first. Nobody writes to these bytes again: a new set makes new ones. */
  get annexB(): Uint8Array {
    this.#annexB ??= join([...this.#sps.values(), ...this.#pps.values()]);
    return this.#annexB;
  }

  /**
   * Takes note of a NAL unit (header byte included; the bytes are copied). True when it is a parameter set that was not
   * known. Others, and broken ones, are passed over.
   */
  remember(nal: Uint8Array): boolean {
    const type = nal.length === 0 ? 0 : nalType(nal[0]);
    if ((type !== NalType.sps && type !== NalType.pps) || nal.length > MAX_SET_BYTES) {
      return false;
    }
    const sets = type === NalType.sps ? this.#sps : this.#pps;
    const id = idOf(nal, type);
    const known = id === undefined ? undefined : sets.get(id);
    if (id === undefined || (known !== undefined && isEqual(known, nal))) {
      return false;
    }
    // Deleted first: a Map keeps its old place otherwise.
    sets.delete(id);
    sets.set(id, nal.slice());
    this.#annexB = undefined;
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    this.#sps.clear();
    this.#pps.clear();
    this.#annexB = undefined;
  }
}

/** seq_parameter_set_id comes behind profile, flags and level; pic_parameter_set_id comes first. */
function idOf(nal: Uint8Array, type: number): number | undefined {
  try {
    return type === NalType.sps ? new RbspReader(nal, 4).unsigned(31) : new RbspReader(nal).unsigned(255);
  } catch (error) {
    if (error instanceof WireError) {
      return undefined;
    }
    throw error;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

function join(nals: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(nals.reduce((sum, nal) => sum + START_CODE_BYTES + nal.length, 0));
  let at = 0;
  for (const nal of nals) {
    out[at + 3] = 1;
    out.set(nal, at + START_CODE_BYTES);
    at += START_CODE_BYTES + nal.length;
  }
  return out;
}
