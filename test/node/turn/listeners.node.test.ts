// Behind a wildcard the UDP sockets follow the machine's addresses as they come and go.
import { expect, test } from "vitest";
import { parseIpAddress, type TransportAddress } from "../../../src/core/net/transport-address.js";
import { seconds } from "../../../src/core/time/units.js";
import { type AddressPlan, planAddresses } from "../../../src/node/turn/address-plan.js";
import type { BindResult, DatagramPort } from "../../../src/node/turn/datagram-port.js";
import { Listeners } from "../../../src/node/turn/listeners.js";
import { ManualClock } from "../../sim/manual-clock.js";

const addresses = (...texts: readonly string[]): TransportAddress[] => texts.map((text) => parseIpAddress(text));

/** Listeners of a machine whose addresses the test says. */
class Machine {
  own: readonly TransportAddress[];
  readonly clock = new ManualClock();
  readonly told: number[] = [];
  /** What binding an address ends with; undefined succeeds. */
  refuses: (address: TransportAddress) => string | undefined = () => undefined;
  readonly listeners: Listeners;

  constructor(host: string, ...own: readonly string[]) {
    this.own = addresses(...own);
    const infos = own.map((address) => ({ address }));
    const plan: AddressPlan = planAddresses({ host }, { eth: infos as never });
    const bind = (
      _side: string,
      _number: number,
      address: TransportAddress,
      done: (result: BindResult) => void,
    ): void => {
      const code = this.refuses(address);
      done(code === undefined ? { port: address.port || 5000 } : { error: Object.assign(new Error(code), { code }) });
    };
    this.listeners = new Listeners({
      plan,
      clock: this.clock,
      datagrams: { bind, close: () => {} } as unknown as DatagramPort,
      streams: { listen: ({ port }) => Promise.resolve(port), unlisten: () => Promise.resolve() },
      addresses: () => this.own,
    });
    this.listeners.addressesChanged.on((now) => this.told.push(now.length));
  }

  /** The machine's next look at its addresses, and what follows from it. */
  async look(): Promise<readonly string[]> {
    this.clock.advance(seconds(10));
    await Promise.resolve();
    await Promise.resolve();
    return this.listeners.addresses;
  }
}

test("an address that comes is listened on, one that goes is not any more, and the server is told", async () => {
  const machine = new Machine("0.0.0.0", "127.0.0.1", "10.0.0.7");
  await machine.listeners.listen({ port: 3478 });
  expect(machine.listeners.addresses).toEqual(["127.0.0.1:3478", "10.0.0.7:3478"]);
  machine.own = addresses("127.0.0.1", "10.0.0.8", "fd00::8");
  expect(await machine.look()).toEqual(["127.0.0.1:3478", "10.0.0.8:3478"]);
  expect(await machine.look()).toEqual(["127.0.0.1:3478", "10.0.0.8:3478"]);
  expect(machine.told).toEqual([3]);
});

test("an address that cannot be bound yet is tried again", async () => {
  const machine = new Machine("0.0.0.0", "127.0.0.1");
  await machine.listeners.listen({ port: 3478 });
  machine.own = addresses("127.0.0.1", "10.0.0.7");
  machine.refuses = () => "EADDRNOTAVAIL";
  expect(await machine.look()).toEqual(["127.0.0.1:3478"]);
  machine.refuses = () => undefined;
  expect(await machine.look()).toEqual(["127.0.0.1:3478", "10.0.0.7:3478"]);
});

test("a chosen address stays the only one, but the server hears of the others: they are its own", async () => {
  const machine = new Machine("127.0.0.1", "127.0.0.1");
  await machine.listeners.listen({ port: 3478 });
  machine.own = addresses("127.0.0.1", "10.0.0.7");
  expect(await machine.look()).toEqual(["127.0.0.1:3478"]);
  expect(machine.told).toEqual([2]);
});

test("when any port will do, one that is taken on some address is given up for another; a chosen one is not", async () => {
  const machine = new Machine("0.0.0.0", "127.0.0.1", "10.0.0.7");
  let tries = 0;
  machine.refuses = ({ port }) => (port === 5000 && ++tries < 4 ? "EADDRINUSE" : undefined);
  await machine.listeners.listen({ port: 0 });
  expect([machine.listeners.port, tries, machine.listeners.addresses.length]).toEqual([5000, 4, 2]);
  const other = new Machine("0.0.0.0", "127.0.0.1", "10.0.0.7");
  other.refuses = () => "EADDRINUSE";
  await expect(other.listeners.listen({ port: 3478 })).rejects.toMatchObject({ code: "turn/address-in-use" });
});

test("after the end nobody looks any more", async () => {
  const machine = new Machine("0.0.0.0", "127.0.0.1");
  await machine.listeners.listen({ port: 3478 });
  machine.listeners.stop();
  machine.own = addresses("10.0.0.7");
  expect(await machine.look()).toEqual(["127.0.0.1:3478"]);
});
