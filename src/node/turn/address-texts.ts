// Addresses between Node's texts and our words, remembered: a datagram must not cost a parse.
import { formatIpAddress, parseIpAddress, type TransportAddress } from "../../core/net/transport-address.js";
import { RELAY_RECORD_WORDS, RelayWord } from "../../core/turn/relay-record.js";

/** Slots of the texts, a power of two: an address that falls on another's slot takes its place. */
const SLOTS = 4096;
/** Parsed texts that are kept; beyond that all are forgotten. */
const MAX_PARSED = 4096;

/** Both directions, bounded. */
export class AddressTexts {
  readonly #words = new Int32Array(SLOTS * 5);
  readonly #texts: string[] = new Array<string>(SLOTS).fill("");
  readonly #parsed = new Map<string, TransportAddress>();

  /** The text of the IP address in record `i` of a batch. */
  format(words: Int32Array, i: number): string {
    const at = i * RELAY_RECORD_WORDS;
    const family = words[at + RelayWord.family];
    const ip0 = words[at + RelayWord.ip];
    const ip1 = words[at + RelayWord.ip + 1];
    const ip2 = words[at + RelayWord.ip + 2];
    const ip3 = words[at + RelayWord.ip + 3];
    const mixed = Math.imul(ip0 ^ Math.imul(ip3, 0x85ebca6b) ^ Math.imul(ip1 ^ ip2, 0xc2b2ae35), 0x9e3779b1);
    const slot = (mixed >>> 16) & (SLOTS - 1);
    const kept = slot * 5;
    const known = this.#words;
    const isKnown =
      known[kept] === family &&
      known[kept + 1] === ip0 &&
      known[kept + 2] === ip1 &&
      known[kept + 3] === ip2 &&
      known[kept + 4] === ip3;
    if (!isKnown) {
      known[kept] = family;
      known[kept + 1] = ip0;
      known[kept + 2] = ip1;
      known[kept + 3] = ip2;
      known[kept + 4] = ip3;
      const [a, b, c, d] = [ip0 >>> 0, ip1 >>> 0, ip2 >>> 0, ip3 >>> 0];
      this.#texts[slot] = formatIpAddress({ family: family === 4 ? 4 : 6, ip0: a, ip1: b, ip2: c, ip3: d, port: 0 });
    }
    return this.#texts[slot];
  }

  /** The address of a text that Node gave. Its port is 0. */
  parse(text: string): TransportAddress {
    let parsed = this.#parsed.get(text);
    if (parsed === undefined) {
      parsed = parseIpAddress(text);
      if (this.#parsed.size >= MAX_PARSED) {
        this.#parsed.clear();
      }
      this.#parsed.set(text, parsed);
    }
    return parsed;
  }
}
