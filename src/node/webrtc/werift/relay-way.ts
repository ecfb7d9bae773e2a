// An allocation on a TURN server as a way to peers, over our own client: by UDP, TCP or TLS.
import type { Logger } from "../../../core/diagnosis/logger.js";
import { Secret } from "../../../core/diagnosis/secret.js";
import {
  formatIpAddress,
  formatTransportAddress,
  parseIpAddress,
  type TransportAddress,
} from "../../../core/net/transport-address.js";
import { TurnClient } from "../../turn/client/turn-client.js";
import type { TransportIceServer } from "../transport-library.js";
import type { DatagramWay } from "./datagram-way.js";

/** Peers that one relay lets in: as many as candidates are taken from a peer. */
const MAX_PEERS = 64;

/** One allocation. */
export class RelayWay implements DatagramWay {
  received: DatagramWay["received"] = () => {};
  readonly family: 4 | 6;
  readonly relayed: TransportAddress;
  readonly mapped: TransportAddress;
  readonly #client: TurnClient;
  readonly #logger: Logger;
  /** Peers by `host port`, and whether the server lets them in yet. */
  readonly #peers = new Map<string, { readonly address: TransportAddress; isBound: boolean }>();

  private constructor(client: TurnClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
    this.relayed = client.relayedAddress;
    this.mapped = client.allocation.mappedAddress;
    this.family = this.relayed.family;
    client.received.on(({ peer, bytes }) => {
      // A datagram may be deciphered in place, and the client's buffers are its own.
      this.received(Buffer.from(bytes), formatIpAddress(peer), peer.port);
    });
  }

  /** Allocates at `url` of a server with credentials. Rejects with `turn/…`. */
  static async open(
    url: string,
    server: Pick<TransportIceServer, "username" | "credential">,
    { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
  ): Promise<RelayWay> {
    const { username = "", credential = new Secret("") } = server;
    const client = await TurnClient.connect({ url, username, credential, maxPeers: MAX_PEERS, signal, logger });
    return new RelayWay(client, logger);
  }

  /** Peers are let in when something is first sent to them; until the server has said so it is dropped, and ICE asks again. */
  send(bytes: Uint8Array, host: string, port: number): void {
    const peer = this.#peers.get(`${host} ${port}`);
    if (peer === undefined) {
      this.#letIn(host, port);
    } else if (peer.isBound) {
      this.#client.send(peer.address, bytes);
    }
  }

  proven(): void {}

  close(): void {
    this.#client.received.clear();
    this.#client.close().catch((error: unknown) => this.#logger.debug("a relay did not close", { error }));
  }

  #letIn(host: string, port: number): void {
    if (this.#peers.size >= MAX_PEERS) {
      return;
    }
    const peer = { address: parseIpAddress(host, port), isBound: false };
    this.#peers.set(`${host} ${port}`, peer);
    this.#client.bind(peer.address).then(
      () => {
        peer.isBound = true;
      },
      (error: unknown) => {
        this.#logger.debug("a relay lets a peer not in", { peer: formatTransportAddress(peer.address), error });
      },
    );
  }
}
