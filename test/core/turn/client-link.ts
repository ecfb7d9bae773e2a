// A TURN client machine with its link to a server that a test can see, in manual time; and its data connections.
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import type { Micros } from "../../../src/core/time/units.js";
import type { TurnClientOutput } from "../../../src/core/turn/client/client-io.js";
import type { TurnClientOptions } from "../../../src/core/turn/client/client-options.js";
import { TurnClientMachine } from "../../../src/core/turn/client/turn-client-machine.js";
import type { TurnDataMachine, TurnDataOutput } from "../../../src/core/turn/client/turn-data-machine.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";
import { TurnWorld } from "./turn-world.js";

export const CLIENT = parseIpAddress("192.0.2.10", 5000);

type OfKind<K extends TurnClientOutput["kind"]> = Extract<TurnClientOutput, { kind: K }>;

/** A client with its link to a world: what is sent arrives at once, unless `loses` says otherwise. */
export class Link {
  readonly client: TurnClientMachine;
  readonly log: TurnClientOutput[] = [];
  readonly sent: Uint8Array[] = [];
  loses: () => boolean = () => false;
  readonly #world: TurnWorld;
  readonly #connection: number | undefined;

  constructor(world: TurnWorld, options: Partial<TurnClientOptions> & { connection?: number; password?: string } = {}) {
    const { connection, password = "wonder", ...rest } = options;
    this.#world = world;
    this.#connection = connection;
    this.client = new TurnClientMachine({
      entropy: new SeededEntropy(connection ?? 6),
      credentials: { username: "alice", password: new Secret(password) },
      transport: connection === undefined ? "datagram" : "stream",
      ...rest,
    });
    if (connection !== undefined) {
      world.handle({ kind: "opened", connection, remote: CLIENT });
    }
  }

  handle(input: Parameters<TurnClientMachine["handle"]>[0]): void {
    this.client.handle(input, this.#world.nowUs);
    this.settle();
  }

  /** Carries what both have to say, until both are quiet. */
  settle(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (let output = this.client.poll(); output !== undefined; output = this.client.poll()) {
        isBusy = true;
        if (output.kind !== "send") {
          this.log.push(output);
        } else {
          this.sent.push(output.bytes);
          this.#toServer(output.bytes);
        }
      }
      for (const answer of this.#world.received(this.#connection ?? CLIENT)) {
        isBusy = true;
        if (this.#connection !== undefined || !this.loses()) {
          this.client.handle({ kind: "received", bytes: answer }, this.#world.nowUs);
        }
      }
    }
  }

  /** Moves time on both sides, deadline by deadline. */
  advance(durationUs: Micros): void {
    const untilUs = this.#world.nowUs + durationUs;
    for (;;) {
      const atUs = Math.min(untilUs, this.client.deadlineUs ?? untilUs, this.#world.server.deadlineUs ?? untilUs);
      this.#world.advance(Math.max(0, atUs - this.#world.nowUs));
      this.client.tick(this.#world.nowUs);
      this.settle();
      if (atUs >= untilUs && (this.client.deadlineUs ?? untilUs + 1) > untilUs) {
        return;
      }
    }
  }

  outputs<K extends TurnClientOutput["kind"]>(kind: K): OfKind<K>[] {
    return this.log.filter((output): output is OfKind<K> => output.kind === kind);
  }

  #toServer(packet: Uint8Array): void {
    if (this.#connection !== undefined) {
      // In two pieces, so that nothing depends on segments.
      this.#world.handle({ kind: "segment", connection: this.#connection, bytes: packet.slice(0, 3) });
      this.#world.handle({ kind: "segment", connection: this.#connection, bytes: packet.slice(3) });
    } else if (!this.loses()) {
      this.#world.datagrams(CLIENT, packet);
    }
  }
}

export async function createLink(
  options: ConstructorParameters<typeof Link>[1] = {},
  server: Parameters<typeof TurnWorld.create>[0] = {},
) {
  const world = await TurnWorld.create(server);
  const link = new Link(world, options);
  return { world, link };
}

/** A data connection (RFC 6062) with its stream to a world. */
export class DataLink {
  readonly log: TurnDataOutput[] = [];
  readonly sent: Uint8Array[] = [];
  readonly #world: TurnWorld;
  readonly #machine: TurnDataMachine;
  readonly #connection: number;

  constructor(world: TurnWorld, machine: TurnDataMachine, connection: number) {
    this.#world = world;
    this.#machine = machine;
    this.#connection = connection;
    world.handle({ kind: "opened", connection, remote: { ...CLIENT, port: 6000 + connection } });
  }

  /** Carries what both have to say, until both are quiet. `more` comes in the same segment as each answer. */
  handle(input: Parameters<TurnDataMachine["handle"]>[0], more: readonly number[] = []): void {
    this.#machine.handle(input, this.#world.nowUs);
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (let output = this.#machine.poll(); output !== undefined; output = this.#machine.poll()) {
        if (output.kind === "send") {
          isBusy = true;
          this.sent.push(output.bytes);
          this.#world.handle({ kind: "segment", connection: this.#connection, bytes: output.bytes });
        } else {
          this.log.push(output);
        }
      }
      for (const answer of this.#world.received(this.#connection)) {
        isBusy = true;
        this.#machine.handle({ kind: "received", bytes: Uint8Array.of(...answer, ...more) }, this.#world.nowUs);
      }
    }
  }
}
