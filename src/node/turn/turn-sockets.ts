// What a TURN server consists of: the machine, its driver, and the sockets of both sides, wired.
import { Logger } from "../../core/diagnosis/logger.js";
import { Arena } from "../../core/kernel/arena.js";
import type { Kernels } from "../../core/kernel/kernel.js";
import { loadKernels } from "../../core/kernel/load-kernels.js";
import { MachineDriver } from "../../core/net/machine-driver.js";
import { formatIpAddress, type TransportAddress } from "../../core/net/transport-address.js";
import type { Signal } from "../../core/signal/signal.js";
import { CheckRepair } from "../../core/turn/server/check-repair.js";
import type { RelayPort, TurnServerInput, TurnServerOutput } from "../../core/turn/server/server-io.js";
import { DEFAULT_TURN_LIMITS } from "../../core/turn/server/server-limits.js";
import { TurnServerMachine } from "../../core/turn/server/turn-server-machine.js";
import { NodeEntropy } from "../crypto/node-entropy.js";
import { NodeClock } from "../time/node-clock.js";
import { type AddressPlan, planAddresses } from "./address-plan.js";
import { chooseDatagramPort, type DatagramWay } from "./choose-datagram-port.js";
import { ClientStreams } from "./client-streams.js";
import type { DatagramPort } from "./datagram-port.js";
import { Listeners } from "./listeners.js";
import { PeerLinks } from "./peer-links.js";
import { newSocketCounters } from "./socket-counters.js";
import type { TurnReport, TurnServerEvent, TurnServerOptions } from "./turn-server-options.js";

const ARENA_BYTES = 2_097_152;

/** What is there before the parts are. */
type Ground = {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly way: DatagramWay;
  readonly plan: AddressPlan;
  readonly events: Signal<TurnServerEvent>;
};

/** The parts of a server, and what they tell each other. */
export class TurnSockets {
  readonly listeners: Listeners;
  readonly relayAddresses: readonly string[];
  readonly #events: Signal<TurnServerEvent>;
  readonly #logger: Logger;
  readonly #plan: AddressPlan;
  readonly #machine: TurnServerMachine;
  readonly #driver: MachineDriver<TurnServerInput, TurnServerOutput>;
  readonly #counters = newSocketCounters();
  readonly #datagrams: DatagramPort;
  readonly #streams: ClientStreams;
  readonly #links: PeerLinks;
  #closed: Promise<void> | undefined;

  private constructor(options: TurnServerOptions, { arena, kernels, way, plan, events }: Ground) {
    const {
      clock = new NodeClock(),
      entropy = new NodeEntropy(),
      logger = Logger.silent(),
      limits,
      tcpRelay,
    } = options;
    const { credentials, realm, portRange, allowPeers, ownPorts, icePasswordOf } = options;
    const bounds = { ...DEFAULT_TURN_LIMITS, ...limits };
    const counters = this.#counters;
    this.#events = events;
    this.#logger = logger.child("turn");
    this.#plan = plan;
    if (way.reason !== undefined) {
      this.#logger.debug("datagrams go one by one", { reason: String(way.reason) });
    }
    this.relayAddresses = plan.advertised.map(formatIpAddress);
    this.#datagrams = way.open({
      arena,
      kernels,
      entropy,
      counters,
      receive: (side, batch) => this.handle({ kind: side === "clients" ? "from-clients" : "from-peers", batch }),
    });
    this.#streams = new ClientStreams({
      counters,
      maxConnections: bounds.connections,
      maxTlsPerAddress: bounds.connectionsPerAddress,
      events: {
        opened: (connection, remote) => this.handle({ kind: "opened", connection, remote }),
        segment: (connection, bytes) => this.handle({ kind: "segment", connection, bytes }),
        closed: (connection) => this.handle({ kind: "closed", connection }),
      },
    });
    this.#links = new PeerLinks({
      counters,
      clock,
      maxPerRelay: bounds.peerConnectionsPerAllocation,
      admit: (peerConnection, direction, lengthBytes) =>
        this.#machine.admitStream(peerConnection, direction, lengthBytes, clock.nowUs()),
      events: {
        accepted: (relay, accepted, from) => this.handle({ kind: "peer-accepted", relay, accepted, from }),
        connected: (peerConnection) => this.handle({ kind: "peer-connected", peerConnection }),
        failed: (peerConnection) => this.handle({ kind: "peer-failed", peerConnection }),
        closed: (peerConnection) => this.handle({ kind: "peer-closed", peerConnection }),
      },
    });
    const port: RelayPort = {
      send: (batch, direction) => {
        this.#datagrams.send(batch, direction === "to-peers" ? "peers" : "clients");
        if (direction === "to-clients") {
          this.#streams.sendBatch(batch);
        }
      },
    };
    this.#machine = new TurnServerMachine({
      arena,
      kernels,
      entropy,
      credentials,
      relayAddresses: plan.advertised,
      ownAddresses: [...plan.relay, ...plan.own],
      ...(realm === undefined ? {} : { realm }),
      ...(portRange === undefined ? {} : { portRange }),
      ...(limits === undefined ? {} : { limits }),
      ...(allowPeers === undefined ? {} : { allowPeers }),
      ...(ownPorts === undefined ? {} : { ownPorts }),
      ...(tcpRelay === undefined ? {} : { tcpRelay }),
      port: icePasswordOf === undefined ? port : new CheckRepair(port, icePasswordOf),
    });
    this.#driver = new MachineDriver(this.#machine, clock, (output) => this.#perform(output));
    this.listeners = new Listeners({ plan, clock, datagrams: this.#datagrams, streams: this.#streams });
    this.listeners.addressesChanged.on((own) =>
      this.#machine.policy.setOwnAddresses([...plan.advertised, ...plan.relay, ...own]),
    );
  }

  /** Rejects as `TurnServer.start` does; everything is closed again then. */
  static async start(options: TurnServerOptions, events: Signal<TurnServerEvent>): Promise<TurnSockets> {
    const { host = "0.0.0.0", relayHosts, externalIp } = options;
    const plan = planAddresses({
      host,
      ...(relayHosts === undefined ? {} : { relayHosts }),
      ...(externalIp === undefined ? {} : { externalIp }),
    });
    const way = await chooseDatagramPort(options.sockets);
    const arena = Arena.create({ sizeBytes: ARENA_BYTES });
    const kernels = await loadKernels(arena);
    const sockets = new TurnSockets(options, { arena, kernels, way, plan, events });
    try {
      await sockets.listeners.listen(options);
    } catch (error) {
      await sockets.close();
      throw error;
    }
    return sockets;
  }

  get kind(): "koffi" | "dgram" {
    return this.#datagrams.kind;
  }

  /** Gives the machine an input, now. */
  handle(input: TurnServerInput): void {
    this.#driver.handle(input);
  }

  report(): TurnReport {
    return {
      ...this.#machine.report(),
      sockets: {
        kind: this.#datagrams.kind,
        listening: this.listeners.addresses,
        relays: this.#datagrams.size("peers") + this.#links.size,
        counters: { ...this.#counters },
      },
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.listeners.stop();
    this.handle({ kind: "shutdown" });
    await Promise.all([this.#datagrams.end(), this.#streams.end(), this.#links.endAll()]);
    this.#driver.close();
  }

  #perform(output: TurnServerOutput): void {
    switch (output.kind) {
      case "send":
        if (output.to === undefined) {
          this.#streams.send(output.socket, output.bytes);
        } else {
          this.#datagrams.sendOne(output.socket, output.to, output.bytes);
        }
        break;
      case "close-client":
        this.#streams.close(output.connection);
        break;
      case "open-relay":
        this.#openRelay(output);
        break;
      case "close-relay":
        this.#datagrams.close("peers", output.relay);
        this.#links.close(output.relay);
        break;
      case "connect-peer":
        this.#links.connect(output.peerConnection, output.relay, output.to);
        break;
      case "keep-peer":
        this.#links.keep(output.accepted, output.peerConnection);
        break;
      case "refuse-peer":
        this.#links.refuse(output.accepted);
        break;
      case "bridge": {
        const client = this.#streams.socket(output.connection);
        if (client !== undefined) {
          this.#links.join(client, output.peerConnection, output.early);
        }
        break;
      }
      case "close-peer":
        this.#links.end(output.peerConnection);
        break;
      case "allocated":
      case "released":
      case "peer-denied":
        this.#tell(output);
        break;
      default:
        output satisfies never;
    }
  }

  #openRelay({ relay, transport, family, port }: Extract<TurnServerOutput, { kind: "open-relay" }>): void {
    const own = this.#plan.relay.find((address) => address.family === family);
    const done = (isOpen: boolean): void => {
      this.#counters.relaysFailed += isOpen ? 0 : 1;
      this.handle(isOpen ? { kind: "relay-opened", relay } : { kind: "relay-failed", relay });
    };
    if (own === undefined) {
      done(false);
    } else if (transport === "udp") {
      this.#datagrams.bind("peers", relay, at(own, port), (result) => done("port" in result));
    } else {
      this.#links.listen(relay, at(own, port), done);
    }
  }

  #tell(event: TurnServerEvent): void {
    try {
      this.#events.emit(event);
    } catch (error) {
      this.#logger.limited("listener").error("a listener of events threw", { error });
    }
    if (event.kind === "peer-denied") {
      this.#logger.limited("peer-denied").warn("a client asked for a peer that is refused", () => ({
        user: event.user,
        peer: formatIpAddress(event.peer),
      }));
    }
  }
}

function at(address: TransportAddress, port: number): TransportAddress {
  return { ...address, port };
}
