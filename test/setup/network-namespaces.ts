// Networks of a test's own: namespaces of the kernel with wires between them, made and removed with `ip` (iproute2). What runs in one
// sees its wires and nothing else of this machine.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const EMULATOR = fileURLToPath(new URL("../tools/netem.py", import.meta.url));

/** One end of a wire: in which namespace, and with which address and prefix length. */
export type WireEnd = { readonly namespace: string; readonly address: string };

/** What happens to the packets of a bad link, each way. */
export type LinkFaults = {
  readonly lossPercent?: number;
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly seed?: number;
};

/** A link whose faults are those that it was made with. */
export type BadLink = {
  /** Loses everything until `restore`. */
  cut(): void;
  restore(): void;
};

let networks = 0;

/** Namespaces and wires. `await using network = await Network.create(["server", "browser"])`. */
export class Network {
  readonly #prefix: string;
  readonly #folder: string;
  readonly #names: readonly string[];
  readonly #emulators: ChildProcess[] = [];
  #wires = 0;

  private constructor(names: readonly string[]) {
    // Interfaces have names of 15 characters at most.
    this.#prefix = `fl${process.pid.toString(36)}${(networks++).toString(36)}`;
    this.#folder = mkdtempSync(join(tmpdir(), "floe-network-"));
    this.#names = names;
  }

  /** Makes namespaces in which only loopback is up. Throws with the reason where that is not allowed. */
  static async create(names: readonly string[]): Promise<Network> {
    const network = new Network(names);
    try {
      for (const name of names) {
        await network.#ip("netns", "add", network.#nameOf(name));
        await network.#in(name, "link", "set", "lo", "up");
      }
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  /** Joins two namespaces, or one with itself: an address that is not loopback needs an interface. */
  async wire(a: WireEnd, b: WireEnd): Promise<void> {
    const wire = `${this.#prefix}w${this.#wires++}`;
    const [atA, atB] = [`${wire}a`, `${wire}b`];
    const peer = ["peer", "name", atB, "netns", this.#nameOf(b.namespace)];
    await this.#ip("link", "add", atA, "netns", this.#nameOf(a.namespace), "type", "veth", ...peer);
    for (const [{ namespace, address }, device] of [
      [a, atA],
      [b, atB],
    ] as const) {
      await this.#in(namespace, "address", "add", address, "dev", device);
      await this.#in(namespace, "link", "set", device, "up");
    }
  }

  /** Joins two namespaces by a bad link (test/tools/netem.py): the only one of both, until the network is removed. */
  async badLink(
    a: WireEnd,
    b: WireEnd,
    { lossPercent = 0, delayMs = 0, jitterMs = 0, seed = 1 }: LinkFaults,
  ): Promise<BadLink> {
    const ends = [a, b].flatMap(({ namespace, address }) => [this.#nameOf(namespace), address]);
    const faults = { loss: lossPercent, delay: delayMs, jitter: jitterMs, seed };
    const options = Object.entries(faults).map(([name, value]) => `--${name}=${value}`);
    const emulator = spawn("python3", [EMULATOR, ...ends, ...options], { stdio: ["ignore", "pipe", "pipe"] });
    this.#emulators.push(emulator);
    let complaint = "";
    emulator.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-1000);
    });
    const ended = once(emulator, "close").then(() => {
      throw new Error(`test/no-bad-link: ${complaint}. It needs root, python3 and /dev/net/tun.`);
    });
    await Promise.race([once(createInterface(emulator.stdout), "line"), ended]);
    ended.catch(() => {});
    return { cut: () => void emulator.kill("SIGUSR1"), restore: () => void emulator.kill("SIGUSR2") };
  }

  /** Sends what has no other way to a gateway: one that is not there loses it, as the internet loses what is for private addresses. */
  async defaultRoute(namespace: string, gateway: string): Promise<void> {
    await this.#in(namespace, "route", "add", "default", "via", gateway);
  }

  /** A command that runs a program in a namespace, as `spawn` takes it. */
  command(namespace: string, program: string, args: readonly string[]): readonly [string, string[]] {
    return ["ip", ["netns", "exec", this.#nameOf(namespace), program, ...args]];
  }

  /** An executable file that runs a program in a namespace, for who takes a path only. */
  launcher(namespace: string, program: string): string {
    const file = join(this.#folder, `${namespace}.sh`);
    writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${this.#nameOf(namespace)} ${program} "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** Removes everything, with whatever still runs in there. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const emulator of this.#emulators) {
      emulator.kill();
    }
    for (const name of this.#names.map((each) => this.#nameOf(each))) {
      const { stdout } = await run("ip", ["netns", "pids", name]).catch(() => ({ stdout: "" }));
      for (const pid of stdout.split("\n").filter(Boolean)) {
        try {
          process.kill(Number(pid), "SIGKILL");
        } catch {
          // Gone meanwhile.
        }
      }
      await run("ip", ["netns", "delete", name]).catch(() => {});
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #nameOf(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  #in(name: string, ...args: readonly string[]): Promise<void> {
    return this.#ip("-n", this.#nameOf(name), ...args);
  }

  async #ip(...args: readonly string[]): Promise<void> {
    try {
      await run("ip", [...args]);
    } catch (error) {
      const { stderr = "", message } = error as Error & { stderr?: string };
      throw new Error(
        `test/no-namespaces: ip ${args.join(" ")}: ${stderr.trim() || message}. These tests make networks of their own: run them as root, with iproute2 installed, where the kernel allows it.`,
      );
    }
  }
}
