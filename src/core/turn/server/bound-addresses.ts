// A relay behind a NAT that maps ports one to one: peers know it by another address than it is bound to. What goes to such an address of
// our own goes to the bound one, and what comes from there is taken for it, so that clients of one relay meet although few NATs send
// back inside what goes to their outside.
import { isSameIp, type TransportAddress } from "../../net/transport-address.js";
import { RelayWord } from "../relay-record.js";

type Pair = { readonly told: TransportAddress; readonly bound: TransportAddress };

/** Translates between what peers are told and what is bound. Where those are the same it does nothing. */
export class BoundAddresses {
  readonly #pairs: readonly Pair[];

  /** One address of each family at most; ports are ignored. */
  constructor(told: readonly TransportAddress[], bound: readonly TransportAddress[]) {
    this.#pairs = told.flatMap((address) => {
      const own = bound.find(({ family }) => family === address.family);
      return own === undefined || isSameIp(own, address) ? [] : [{ told: address, bound: own }];
    });
  }

  /** Whether there is anything to translate. */
  get areOther(): boolean {
    return this.#pairs.length > 0;
  }

  /** Where a packet goes whose record begins at word `at`: to the bound address, if it goes to ours. */
  toBound(words: Int32Array, at: number): void {
    for (let i = 0; i < this.#pairs.length; i++) {
      const { told, bound } = this.#pairs[i];
      if (isRecordOf(words, at, told)) {
        setRecord(words, at, bound);
        return;
      }
    }
  }

  /** Whom a packet comes from: if from our bound address, then from what peers are told. False, and nothing changed, for any other. */
  toTold(words: Int32Array, at: number): boolean {
    for (let i = 0; i < this.#pairs.length; i++) {
      const { told, bound } = this.#pairs[i];
      if (isRecordOf(words, at, bound)) {
        setRecord(words, at, told);
        return true;
      }
    }
    return false;
  }
}

function isRecordOf(words: Int32Array, at: number, { family, ip0, ip1, ip2, ip3 }: TransportAddress): boolean {
  const ip = at + RelayWord.ip;
  return (
    words[at + RelayWord.family] === family &&
    words[ip] === (ip0 | 0) &&
    words[ip + 1] === (ip1 | 0) &&
    words[ip + 2] === (ip2 | 0) &&
    words[ip + 3] === (ip3 | 0)
  );
}

function setRecord(words: Int32Array, at: number, { ip0, ip1, ip2, ip3 }: TransportAddress): void {
  const ip = at + RelayWord.ip;
  words[ip] = ip0;
  words[ip + 1] = ip1;
  words[ip + 2] = ip2;
  words[ip + 3] = ip3;
}
