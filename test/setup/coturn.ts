// coturn, the other TURN server, as a peer for tests: `turnserver` as a process on free ports, and what its programs need to be there.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { queryStun } from "../../src/node/stun/stun-socket.js";
import { coturnPackages, findProgram } from "./system-packages.mjs";
import { TEST_CERTIFICATE, TEST_KEY } from "./test-certificate.js";

/** Whom it lets in, and how much. */
export type CoturnOptions = {
  /** Allocations a user. */
  readonly userQuota?: number;
  /** Further flags. */
  readonly flags?: readonly string[];
};

const START_DEADLINE_MS = 20_000;

/** One server on 127.0.0.1 with the user alice, whose password is wonder. `await using coturn = await Coturn.start()`. */
export class Coturn {
  readonly port: number;
  readonly tlsPort: number;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #log = "";

  private constructor(
    ports: readonly [number, number],
    folder: string,
    { userQuota = 100, flags = [] }: CoturnOptions,
  ) {
    [this.port, this.tlsPort] = ports;
    this.#folder = folder;
    const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
    writeFileSync(certificate, TEST_CERTIFICATE);
    writeFileSync(key, TEST_KEY, { mode: 0o600 });
    const named = {
      "listening-ip": "127.0.0.1",
      "relay-ip": "127.0.0.1",
      "listening-port": this.port,
      "tls-listening-port": this.tlsPort,
      user: "alice:wonder",
      realm: "coturn.test",
      "user-quota": userQuota,
      cert: certificate,
      pkey: key,
      "log-file": "stdout",
      pidfile: join(folder, "pid"),
      db: join(folder, "db"),
      "relay-threads": 1,
    };
    const switches = [
      "no-cli",
      "lt-cred-mech",
      "allow-loopback-peers",
      "no-dtls",
      "no-rfc5780",
      "simple-log",
      "verbose",
    ];
    this.#child = spawn(
      requireCoturn("turnserver"),
      [
        "-n",
        ...switches.map((name) => `--${name}`),
        ...Object.entries(named).map(([name, value]) => `--${name}=${value}`),
        ...flags,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-20_000);
      });
    }
    this.#gone = new Promise((resolve) => {
      this.#child.once("error", () => resolve());
      this.#child.once("close", () => resolve());
    });
  }

  /** Starts one; resolves when it listens. */
  static async start(options: CoturnOptions = {}): Promise<Coturn> {
    const folder = mkdtempSync(join(tmpdir(), "floe-coturn-"));
    const coturn = new Coturn([await freePort(), await freePort()], folder, options);
    const deadline = performance.now() + START_DEADLINE_MS;
    // Each way by itself: it opens them one after the other.
    while (!((await listens(coturn.port)) && (await listens(coturn.tlsPort)) && (await answersByUdp(coturn.port)))) {
      if (performance.now() > deadline || coturn.#child.exitCode !== null) {
        await coturn.close();
        throw new Error(`coturn did not start:\n${coturn.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return coturn;
  }

  /** The last of what it wrote. */
  get log(): string {
    return this.#log;
  }

  /** `turn:` by UDP or TCP, `turns:` by TLS. */
  url(transport: "udp" | "tcp" | "tls"): string {
    return transport === "tls"
      ? `turns:127.0.0.1:${this.tlsPort}`
      : `turn:127.0.0.1:${this.port}?transport=${transport}`;
  }

  /** Makes it hang: it keeps its sockets and does nothing more, until it is closed. Resolves when none of its threads runs. */
  async freeze(): Promise<void> {
    this.#child.kill("SIGSTOP");
    const tasks = `/proc/${this.#child.pid}/task`;
    const isStopped = (task: string): boolean => / T /.test(readFileSync(join(tasks, task, "stat"), "utf8"));
    while (!readdirSync(tasks).every(isStopped)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async close(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The path of one of coturn's programs; throws what to type when it is not here. */
export function requireCoturn(
  program: "turnserver" | "turnutils_uclient" | "turnutils_stunclient" | "turnutils_peer",
): string {
  const file = findProgram(program);
  if (file === undefined) {
    throw new Error(`test/no-coturn: ${program} is not here. Type: sudo apt-get install ${coturnPackages.join(" ")}`);
  }
  return file;
}

async function answersByUdp(port: number): Promise<boolean> {
  try {
    await queryStun(`stun:127.0.0.1:${port}`, { rtoUs: 20_000 });
    return true;
  } catch {
    return false;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
