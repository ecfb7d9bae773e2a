// What every way of datagrams must do: one suite, called once for each.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import {
  formatTransportAddress,
  parseIpAddress,
  type TransportAddress,
} from "../../../src/core/net/transport-address.js";
import { RelayBatch } from "../../../src/core/turn/relay-batch.js";
import { RELAY_RECORD_WORDS, RelayKind, RelayWord } from "../../../src/core/turn/relay-record.js";
import { NodeEntropy } from "../../../src/node/crypto/node-entropy.js";
import type {
  BindResult,
  DatagramPort,
  DatagramPortOptions,
  DatagramSide,
} from "../../../src/node/turn/datagram-port.js";
import { newSocketCounters, type SocketCounters } from "../../../src/node/turn/socket-counters.js";

type Got = { readonly side: DatagramSide; readonly socket: number; readonly from: string; readonly bytes: Uint8Array };

const HOST_4 = parseIpAddress("127.0.0.1");
const HOST_6 = parseIpAddress("::1");

/** A port with what came in on it, and a batch to send from. */
class Rig {
  readonly port: DatagramPort;
  readonly counters: SocketCounters = newSocketCounters();
  readonly got: Got[] = [];
  readonly batchSizes: number[] = [];
  readonly #batch: RelayBatch;
  readonly #sockets: Socket[] = [];

  private constructor(
    open: (options: DatagramPortOptions) => DatagramPort,
    options: Omit<DatagramPortOptions, "counters" | "receive">,
  ) {
    this.#batch = new RelayBatch({ ...options, name: "test", capacity: 256 });
    this.port = open({
      ...options,
      counters: this.counters,
      receive: (side, batch) => {
        this.batchSizes.push(batch.count);
        for (let i = 0; i < batch.count; i++) {
          const [socket, from] = [batch.word(i, RelayWord.socket), formatTransportAddress(batch.remote(i))];
          this.got.push({ side, socket, from, bytes: batch.packet(i).slice() });
        }
      },
    });
  }

  static async open(open: (options: DatagramPortOptions) => DatagramPort): Promise<Rig> {
    const arena = Arena.create({ sizeBytes: 4_194_304 });
    return new Rig(open, { arena, kernels: await loadKernels(arena), entropy: new NodeEntropy() });
  }

  bind(side: DatagramSide, number: number, address: TransportAddress): Promise<BindResult> {
    return new Promise((resolve) => this.port.bind(side, number, address, resolve));
  }

  /** Binds, or fails the test. Gives the address with its port. */
  async bound(side: DatagramSide, number: number, address: TransportAddress = HOST_4): Promise<TransportAddress> {
    const result = await this.bind(side, number, address);
    if ("error" in result) {
      throw result.error;
    }
    return { ...address, port: result.port };
  }

  /** A socket of somebody else, with what it gets. */
  async stranger(
    host = "127.0.0.1",
  ): Promise<{ address: TransportAddress; got: { from: string; bytes: Uint8Array }[]; socket: Socket }> {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4").bind({ address: host });
    this.#sockets.push(socket);
    await once(socket, "listening");
    const got: { from: string; bytes: Uint8Array }[] = [];
    socket.on("message", (bytes, { address, port }) => {
      got.push({ from: formatTransportAddress(parseIpAddress(address, port)), bytes: Uint8Array.from(bytes) });
    });
    const { address, port } = socket.address();
    return { address: parseIpAddress(address, port), got, socket };
  }

  /** Sends one batch. A record of kind `ready` unless it says otherwise. */
  send(
    side: DatagramSide,
    records: readonly { socket: number; to: TransportAddress; bytes: Uint8Array; kind?: number; family?: number }[],
  ): void {
    const batch = this.#batch;
    records.forEach(({ socket, to, bytes, kind = RelayKind.ready, family = to.family }, i) => {
      batch.memory.bytes.set(bytes, batch.slotAddress(i));
      batch.setReceived(i, bytes.length, socket, family, to.port, to.ip0, to.ip1, to.ip2, to.ip3);
      batch.words[i * RELAY_RECORD_WORDS + RelayWord.kind] = kind;
    });
    batch.count = records.length;
    this.port.send(batch, side);
    // The batch is ours again: what was sent must not change any more.
    for (const [i, { bytes }] of records.entries()) {
      batch.memory.bytes.fill(0xdd, batch.slotAddress(i), batch.slotAddress(i) + bytes.length);
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.close();
    }
    await this.port.end();
  }
}

/** Calls the suite for one way of datagrams. */
export function describeDatagramPort(
  name: string,
  open: () => Promise<(options: DatagramPortOptions) => DatagramPort>,
): void {
  describe(`datagrams by ${name}`, () => {
    let rig: Rig;
    beforeEach(async () => {
      rig = await Rig.open(await open());
    });
    afterEach(() => rig.close());

    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    const bytesOf = (string: string): Uint8Array => Uint8Array.from(Buffer.from(string));

    test("a socket is bound to a free port, to a given one, and to none that is taken or not ours", async () => {
      const first = await rig.bound("peers", 1);
      expect(first.port).toBeGreaterThan(1023);
      expect(await rig.bind("peers", 2, first)).toMatchObject({ error: { code: "EADDRINUSE" } });
      expect(await rig.bind("peers", 3, parseIpAddress("203.0.113.1", 0))).toMatchObject({
        error: { code: "EADDRNOTAVAIL" },
      });
      expect(rig.port.size("peers")).toBe(1);
      rig.port.close("peers", 1);
      await expect.poll(() => rig.bind("peers", 4, first)).toEqual({ port: first.port });
    });

    test.for([
      ["127.0.0.1", "clients"],
      ["127.0.0.1", "peers"],
      ["::1", "clients"],
      ["::1", "peers"],
    ] as const)("what comes to %s on the side of %s is told with its socket, its address and its bytes", async ([
      host,
      side,
    ]) => {
      const here = await rig.bound(side, 77, parseIpAddress(host));
      const far = await rig.stranger(host);
      for (const word of ["one", "", "three"]) {
        far.socket.send(word, here.port, host);
      }
      await expect.poll(() => rig.got.length).toBe(3);
      const from = formatTransportAddress(far.address);
      expect(rig.got.map(({ bytes, ...rest }) => ({ ...rest, text: text(bytes) }))).toEqual(
        ["one", "", "three"].map((word) => ({ side, socket: 77, from, text: word })),
      );
    });

    test("the two sides number their sockets apart", async () => {
      const [here, there] = [await rig.bound("clients", 5), await rig.bound("peers", 5)];
      const far = await rig.stranger();
      far.socket.send("to clients", here.port, "127.0.0.1");
      far.socket.send("to peers", there.port, "127.0.0.1");
      await expect.poll(() => rig.got.length).toBe(2);
      expect(rig.got.map(({ side, socket, bytes }) => `${side} ${socket} ${text(bytes)}`).sort()).toEqual([
        "clients 5 to clients",
        "peers 5 to peers",
      ]);
      rig.port.close("clients", 5);
      expect([rig.port.size("clients"), rig.port.size("peers")]).toEqual([0, 1]);
    });

    test("a batch leaves from many sockets to many addresses, each in order, and may be overwritten at once", async () => {
      const [a, b, c] = [await rig.bound("peers", 1), await rig.bound("peers", 2), await rig.bound("peers", 3, HOST_6)];
      const [far, farther, far6] = [await rig.stranger(), await rig.stranger(), await rig.stranger("::1")];
      const records = Array.from({ length: 90 }, (_, i) => {
        const [socket, to] = [
          [1, far],
          [2, far],
          [1, farther],
          [2, farther],
          [3, far6],
        ][i % 5] as [number, typeof far];
        return { socket, to: to.address, bytes: bytesOf(`packet ${i}`) };
      });
      rig.send("peers", records);
      await expect.poll(() => far.got.length + farther.got.length + far6.got.length).toBe(90);
      const sentTo = (to: TransportAddress, socket: number): string[] =>
        records.filter((record) => record.to === to && record.socket === socket).map(({ bytes }) => text(bytes));
      for (const [to, socket, from] of [
        [far, 1, a],
        [far, 2, b],
        [farther, 1, a],
        [farther, 2, b],
        [far6, 3, c],
      ] as const) {
        const got = to.got.filter((each) => each.from === formatTransportAddress(from)).map(({ bytes }) => text(bytes));
        expect(got).toEqual(sentTo(to.address, socket));
      }
    });

    test("packets of one flow arrive each as it was, whatever the lengths of those around it", async () => {
      await rig.bound("peers", 1);
      const [far, other] = [await rig.stranger(), await rig.stranger()];
      const lengths = [200, 200, 200, 100, 100, 0, 0, 7, 200, 199, 199, 1, 1900, 1900, 1472, 1472, 5, 1473, 1473, 1473];
      const records = lengths.map((length, i) => ({
        socket: 1,
        to: far.address,
        bytes: new Uint8Array(length).fill(i),
      }));
      // Another destination in between, in the middle of what might be put together.
      records.splice(2, 0, { socket: 1, to: other.address, bytes: new Uint8Array(200).fill(99) });
      rig.send("peers", records);
      await expect.poll(() => far.got.length).toBe(lengths.length);
      await expect.poll(() => other.got.length).toBe(1);
      const shown = (bytes: Uint8Array): string => `${bytes.length} of ${bytes[0]}`;
      const sent = records.filter(({ to }) => to === far.address).map(({ bytes }) => shown(bytes));
      expect(far.got.map(({ bytes }) => shown(bytes))).toEqual(sent);
    });

    test("only records that are ready, have a family and a socket are sent", async () => {
      await rig.bound("clients", 1);
      const far = await rig.stranger();
      const to = far.address;
      rig.send("clients", [
        { socket: 1, to, bytes: bytesOf("dropped"), kind: RelayKind.dropped },
        { socket: 1, to, bytes: bytesOf("control"), kind: RelayKind.control },
        { socket: 1, to, bytes: bytesOf("of a stream"), family: 0 },
        { socket: 9, to, bytes: bytesOf("from nowhere") },
        { socket: 1, to, bytes: bytesOf("sent") },
      ]);
      rig.send("peers", [{ socket: 1, to, bytes: bytesOf("wrong side") }]);
      rig.port.sendOne(1, to, bytesOf("last"));
      await expect.poll(() => far.got.length).toBe(2);
      expect(far.got.map(({ bytes }) => text(bytes))).toEqual(["sent", "last"]);
    });

    test("more than a batch at once comes in several, and nothing is lost, long or short", async () => {
      const here = await rig.bound("clients", 1);
      const far = await rig.stranger();
      const sent = Array.from({ length: 150 }, (_, i) => new Uint8Array(i % 7 === 0 ? 1500 : 20).fill(i));
      for (const bytes of sent) {
        far.socket.send(bytes, here.port, "127.0.0.1");
      }
      await expect.poll(() => rig.got.length).toBe(150);
      expect(Buffer.compare(Buffer.concat(rig.got.map(({ bytes }) => bytes)), Buffer.concat(sent))).toBe(0);
      expect(Math.max(...rig.batchSizes)).toBeLessThanOrEqual(64);
    });

    test("a datagram that fits no slot is dropped and counted; those around it come in order", async () => {
      const here = await rig.bound("peers", 1);
      const far = await rig.stranger();
      const sent = ["first", "x".repeat(3000), "second", "y".repeat(1981), "z".repeat(1980), "third"];
      for (const word of sent) {
        far.socket.send(word, here.port, "127.0.0.1");
      }
      await expect.poll(() => rig.got.length).toBe(4);
      expect(rig.got.map(({ bytes }) => text(bytes))).toEqual(["first", "second", "z".repeat(1980), "third"]);
      expect(rig.counters.tooLong).toBe(2);
    });

    test("what cannot be sent is dropped and counted, and what follows is sent", async () => {
      await rig.bound("peers", 1);
      const far = await rig.stranger();
      rig.send("peers", [
        { socket: 1, to: parseIpAddress("255.255.255.255", 9), bytes: bytesOf("broadcast is not allowed") },
        { socket: 1, to: HOST_6, bytes: bytesOf("another family") },
        { socket: 1, to: { ...HOST_4, port: 0 }, bytes: bytesOf("no port") },
        { socket: 1, to: far.address, bytes: bytesOf("fine") },
      ]);
      await expect.poll(() => far.got.length).toBe(1);
      await expect.poll(() => rig.counters.sendFailed).toBe(3);
    });

    test("a socket that is closed hears nothing more, also in the middle of being bound", async () => {
      const here = await rig.bound("peers", 1);
      const far = await rig.stranger();
      far.socket.send("too late", here.port, "127.0.0.1");
      rig.port.close("peers", 1);
      rig.port.close("peers", 1);
      let isDone = false;
      rig.port.bind("peers", 2, HOST_4, () => {
        isDone = true;
      });
      const wasDoneAtOnce = isDone;
      rig.port.close("peers", 2);
      const again = await rig.bound("peers", 1);
      far.socket.send("in time", again.port, "127.0.0.1");
      await expect.poll(() => rig.got.length).toBe(1);
      expect([text(rig.got[0].bytes), isDone, rig.port.size("peers")]).toEqual(["in time", wasDoneAtOnce, 1]);
    });

    test("five hundred sockets come and go, and each has its own packets", async () => {
      const far = await rig.stranger();
      const addresses = await Promise.all(Array.from({ length: 500 }, (_, i) => rig.bound("peers", i + 1)));
      for (let i = 1; i <= 500; i += 2) {
        rig.port.close("peers", i);
      }
      for (const [i, { port }] of addresses.entries()) {
        far.socket.send(`${i + 1}`, port, "127.0.0.1");
      }
      await expect.poll(() => rig.got.length).toBe(250);
      expect(rig.got.every(({ socket, bytes }) => text(bytes) === `${socket}` && socket % 2 === 0)).toBe(true);
    });

    test("the end closes all, more than once, and nothing is received after it", async () => {
      const here = await rig.bound("clients", 1);
      const far = await rig.stranger();
      far.socket.send("too late", here.port, "127.0.0.1");
      await Promise.all([rig.port.end(), rig.port.end()]);
      expect([rig.port.size("clients"), rig.got]).toEqual([0, []]);
      const after = createSocket("udp4").bind({ address: "127.0.0.1", port: here.port, exclusive: true });
      await once(after, "listening");
      after.close();
    });
  });
}
