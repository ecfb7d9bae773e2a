// Puts hops into a stream: to a worker, and back to the event loop.
import { FloeError } from "../../error/floe-error.js";
import type { Clock } from "../../time/clock.js";
import { milliseconds } from "../../time/units.js";
import type { Packet } from "../packet.js";
import { PacketQueue, POLICIES, type WhenFull } from "../packet-queue.js";
import { isPositiveInteger } from "../positive-integer.js";
import type { Topology } from "../topology.js";
import { Hop } from "./hop.js";
import type { HopContract } from "./hop-contract.js";
import type { HopPort } from "./hop-port.js";

/** How a hop to a worker behaves, beside its contract. */
export type HopOptions = {
  /** Default: the contract's name. */
  readonly name?: string;
  /** Longest piece of one turn of the event loop that goes to what comes back, milliseconds. Default 5. */
  readonly maxTurnMs?: number;
  /** How long a worker that is to stop or to close may be silent before it counts as lost, milliseconds. Default 5000. */
  readonly patienceMs?: number;
  /** `auto` (default): a ring in shared memory where there can be one. `messages`: never. */
  readonly wire?: "auto" | "messages";
  /** Place in a numbered graph, 0..101. Default: behind everything so far. */
  readonly order?: number;
};

/** How `hop("main")` behaves. */
export type MainHopOptions = {
  /** Most packets that wait. Default 1024. */
  readonly capacity?: number;
  /** What happens to a packet that finds it full. Default `drop-oldest`. */
  readonly whenFull?: WhenFull;
  /** Default `main`. */
  readonly name?: string;
  /** Longest piece of one turn of the event loop, milliseconds. Default 20. */
  readonly maxTurnMs?: number;
  /** Place in a numbered graph, 0..101. Default: behind everything so far. */
  readonly order?: number;
};

/** The stream that a hop is added to. */
type Host = {
  readonly name: string;
  readonly options: { readonly clock: Clock | undefined };
  readonly topology: Topology;
};

/** Adds a hop to a worker. Throws FloeError `stream/max-turn`, `hop/patience`, and what topology throws. */
export function addHop(
  stream: Host,
  port: HopPort,
  contract: HopContract<Packet, Packet>,
  { name = contract.name, maxTurnMs = 5, patienceMs = 5000, wire = "auto", order }: HopOptions = {},
): void {
  checkMaxTurn(stream.name, name, maxTurnMs);
  if (!(patienceMs > 0)) {
    throw new FloeError("hop/patience", `Hop "${name}" of "${stream.name}" cannot wait for ${patienceMs} ms`, {
      fix: "Use a positive number.",
    });
  }
  const settings = { name, turnBudgetUs: milliseconds(maxTurnMs), patienceUs: milliseconds(patienceMs), wire };
  stream.topology.addHop(new Hop(port, contract, settings), order);
}

/** Adds a hop to the event loop. Throws FloeError `stream/no-clock` for a stream that has none, and as `addQueue` does. */
export function addMainHop(
  stream: Host,
  { name = "main", capacity = 1024, whenFull = "drop-oldest", maxTurnMs = 20, order }: MainHopOptions = {},
): void {
  if (stream.options.clock === undefined) {
    throw new FloeError(
      "stream/no-clock",
      `Hop "${name}" of "${stream.name}" cannot ask for a turn of the event loop`,
      {
        fix: "Give the stream a clock.",
      },
    );
  }
  addQueue(stream, { name, capacity, whenFull, maxTurnMs, order }, "task");
}

/** Adds a queue that hands on in a microtask or in a turn of the event loop. Throws FloeError `stream/capacity`, `stream/max-turn`. */
export function addQueue(
  stream: Host,
  {
    name,
    capacity,
    whenFull,
    maxTurnMs,
    order,
  }: Required<Omit<MainHopOptions, "order">> & { order: number | undefined },
  turn: "microtask" | "task",
): void {
  if (!isPositiveInteger(capacity)) {
    throw new FloeError("stream/capacity", `Queue "${name}" of "${stream.name}" cannot hold ${capacity} packets`, {
      fix: "Use a positive integer.",
    });
  }
  if (!POLICIES.includes(whenFull)) {
    throw new FloeError(
      "stream/when-full",
      `Queue "${name}" of "${stream.name}" cannot do "${whenFull}" when it is full`,
      {
        fix: `Use one of ${POLICIES.join(", ")}.`,
      },
    );
  }
  checkMaxTurn(stream.name, name, maxTurnMs);
  const queue = new PacketQueue(capacity, whenFull);
  stream.topology.addQueue(name, { queue, turnBudgetUs: milliseconds(maxTurnMs), turn }, order);
}

function checkMaxTurn(stream: string, name: string, maxTurnMs: number): void {
  if (!(maxTurnMs > 0)) {
    throw new FloeError("stream/max-turn", `"${name}" of "${stream}" cannot work for ${maxTurnMs} ms`, {
      fix: "Use a positive number.",
    });
  }
}
