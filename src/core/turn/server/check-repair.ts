// A port for relayed packets that repairs ICE checks on their way to agents of our own (see repair-ice-check.ts): a relay in the
// same process as the agent may do what one elsewhere cannot.
import { repairIceCheck } from "../../stun/repair-ice-check.js";
import type { RelayBatch } from "../relay-batch.js";
import { RELAY_RECORD_WORDS, RelayKind, RelayWord } from "../relay-record.js";
import type { RelayPort } from "./server-io.js";

/** A Binding request's first two bytes as a number, and lengths that an ICE check has. */
const BINDING_REQUEST = 0x0001;
const MIN_CHECK_BYTES = 20 + 12 + 24;
const MAX_CHECK_BYTES = 548;

/** Passes everything on to another port. */
export class CheckRepair implements RelayPort {
  /** Checks that were repaired. */
  repaired = 0;
  readonly #port: RelayPort;
  readonly #passwordOf: (ufrag: string) => string | undefined;

  constructor(port: RelayPort, passwordOf: (ufrag: string) => string | undefined) {
    this.#port = port;
    this.#passwordOf = passwordOf;
  }

  send(batch: RelayBatch, direction: "to-peers" | "to-clients"): void {
    if (direction === "to-peers") {
      const { words, count } = batch;
      const { view } = batch.memory;
      for (let i = 0; i < count; i++) {
        const at = i * RELAY_RECORD_WORDS;
        const lengthBytes = words[at + RelayWord.lengthBytes];
        const mayBeCheck =
          words[at + RelayWord.kind] === RelayKind.ready &&
          lengthBytes >= MIN_CHECK_BYTES &&
          lengthBytes <= MAX_CHECK_BYTES &&
          view.getUint16(words[at + RelayWord.address] >>> 0) === BINDING_REQUEST;
        if (mayBeCheck && repairIceCheck(batch.packet(i), this.#passwordOf)) {
          this.repaired++;
        }
      }
    }
    this.#port.send(batch, direction);
  }
}
