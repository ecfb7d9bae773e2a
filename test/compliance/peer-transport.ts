// What every PeerTransport has to do, whatever library is under it, and whatever one is at the other end.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { classes, Message, methods } from "werift";
import { Logger } from "../../src/core/diagnosis/logger.js";
import type { Signal } from "../../src/core/signal/signal.js";
import type { DataChannelTransport } from "../../src/core/webrtc/peer-transport.js";
import { heldHandleCount } from "../../src/node/webrtc/held-handles.js";
import type { TransportLibrary } from "../../src/node/webrtc/transport-library.js";
import { AUDIO, CONFIG, type Connection, type ConnectOptions, connect, meet, reached, VIDEO } from "./connection.js";
import type { OpenFarEnd } from "./far-end.js";
import { NativeFarEnd } from "./native-far-end.js";
import { PACKETS, REPORT, rtp } from "./packets.js";
import { WeriftFarEnd } from "./werift-far-end.js";

const WRONG_CERTIFICATE = Array.from({ length: 32 }, () => "AA").join(":");

/** The first `count` values of a signal; bytes are copied, as they may be valid during the call only. */
function collect<Value>(signal: Signal<Value>, count: number): Promise<Value[]> {
  const values: Value[] = [];
  return new Promise((resolve) => {
    signal.on((value) => {
      values.push(value instanceof Uint8Array ? (Buffer.from(value) as Uint8Array as Value) : value);
      if (values.length === count) {
        resolve(values);
      }
    });
  });
}

/** Sockets, timers and native handles that are open now. */
function openHandles(): { sockets: number; timers: number; held: number } {
  const resources = process.getActiveResourcesInfo();
  const count = (kind: string): number => resources.filter((resource) => resource === kind).length;
  return { sockets: count("UDPWrap"), timers: count("Timeout"), held: heldHandleCount() };
}

type FarEndKind = {
  readonly name: string;
  readonly open: OpenFarEnd;
  /** Whether it says so when it finds a wrong certificate. */
  readonly complains: boolean;
};

const FAR_ENDS: readonly FarEndKind[] = [
  { name: "werift", open: () => WeriftFarEnd.open(), complains: false },
  { name: "node-datachannel", open: () => NativeFarEnd.open(), complains: true },
];

/** Declares the whole suite for a library: everything against each kind of far end. */
export function peerTransportSuite(acquire: () => Promise<TransportLibrary>): void {
  let library: TransportLibrary;
  /** Silence is noticed after half a minute: it begins before everything else, and is looked at last. */
  let silent: Promise<Connection[]>;

  beforeAll(async () => {
    library = await acquire();
    silent = Promise.all(FAR_ENDS.map(({ open }) => connect(library, open)));
    for (const { far } of await silent) {
      far.vanish();
    }
  });
  afterAll(() => library.release());

  describe.each(FAR_ENDS)("with a far end of $name", (kind) => eachFarEnd(() => library, kind));

  test("a peer that vanishes is noticed", async () => {
    for (const { near, far } of await silent) {
      await reached(near, "failed", "disconnected", "closed");
      expect(near.media("video")?.send(rtp(1))).toBe(false);
      near.close();
      await far.close();
    }
  }, 60_000);
}

function eachFarEnd(acquired: () => TransportLibrary, { open: openFar, complains }: FarEndKind): void {
  const closed = (connection: Connection): Connection => {
    onTestFinished(async () => {
      connection.near.close();
      await connection.far.close();
    });
    return connection;
  };
  const connected = async (options: ConnectOptions = {}): Promise<Connection> =>
    closed(await connect(acquired(), openFar, options));

  test("an offer is answered with credentials, a fingerprint and a part in the handshake", async () => {
    const { near, parameters } = closed(await meet(acquired(), openFar));
    expect(parameters.iceUfrag.length).toBeGreaterThanOrEqual(4);
    expect(parameters.icePwd.length).toBeGreaterThanOrEqual(22);
    expect(parameters.fingerprint.algorithm).toBe("sha-256");
    expect(parameters.fingerprint.value).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(parameters.setup).toBe("active");
    expect(near.iceCredentials).toEqual({ ufrag: parameters.iceUfrag, password: parameters.icePwd });
  });

  test("what is no offer is refused with a code, and closing is quiet, twice", () => {
    const near = acquired().open("near", CONFIG, Logger.silent());
    for (const sdp of ["not an offer", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"]) {
      expect(() => near.accept(sdp, [VIDEO])).toThrow(expect.objectContaining({ code: "webrtc/offer-refused" }));
    }
    const states = collect(near.stateChanged, 1);
    near.close();
    near.close();
    expect(near.state).toBe("closed");
    return expect(states).resolves.toEqual(["closed"]);
  });

  test("a path is found first, then it is connected and media opens", async () => {
    const { told, near } = await connected();
    await reached(near, "connected");
    expect(told[0]).toBe("path");
    expect(new Set(told)).toEqual(new Set(["path", "connected", "open video"]));
  });

  test("all sections open, over one carrier; what was not asked for has none", async () => {
    const { near } = await connected({ sections: [VIDEO, AUDIO] });
    expect(near.media("video")).toBeDefined();
    expect(near.media("audio")).toBe(near.media("video"));
    expect(near.media("data")).toBeUndefined();
  });

  test("packets of all kinds go out as they are, in order, also out of shared memory", async () => {
    const { near, far } = await connected();
    const arrived = collect(far.received, PACKETS.length);
    const shared = new Uint8Array(new SharedArrayBuffer(1500), 50);
    for (const packet of PACKETS) {
      shared.set(packet);
      expect(near.media("video")?.send(shared.subarray(0, packet.length))).toBe(true);
      // The bytes are the caller's again as soon as `send` is back.
      shared.fill(0);
    }
    expect(await arrived).toEqual(PACKETS);
  });

  test("packets of all kinds come in as they were sent, in order, where nothing is sent", async () => {
    const { sends: _sends, ...received } = VIDEO;
    const { near, far } = await connected({ sections: [received] });
    const media = near.media("video");
    const arrived = media && collect(media.received, PACKETS.length);
    for (const packet of PACKETS) {
      far.send(packet);
    }
    expect(await arrived).toEqual(PACKETS);
  });

  test("the answering side waits for the handshake when the offer is active", async () => {
    const { near, far, parameters } = await connected({
      offered: (sdp) => sdp.replaceAll("a=setup:actpass", "a=setup:active"),
    });
    expect(parameters.setup).toBe("passive");
    const [out, back] = [collect(far.received, 1), near.media("video")?.received];
    near.media("video")?.send(rtp(1));
    expect(await out).toEqual([rtp(1)]);
    const came = back && collect(back, 1);
    far.send(REPORT);
    expect(await came).toEqual([REPORT]);
  });

  test("nothing is sent before media is open and after the end, and a wrong packet does no harm", async () => {
    const connection = closed(await meet(acquired(), openFar));
    const { near, far } = connection;
    const media = near.media("video");
    expect(media?.isOpen).toBe(false);
    expect(media?.send(rtp(1))).toBe(false);
    await Promise.all([collect(near.mediaOpened, 1), far.opened]);
    const arrived = collect(far.received, 1);
    for (const wrong of ["", "80", "80c8", "80c80000", "bf66000100000000", "00".repeat(40)]) {
      media?.send(Buffer.from(wrong, "hex"));
    }
    media?.send(rtp(1));
    expect(await arrived).toEqual([rtp(1)]);
    near.close();
    expect(media?.isOpen).toBe(false);
    expect(media?.send(rtp(2))).toBe(false);
  });

  test("a stranger's datagrams change nothing: neither a path, nor keys, nor who is listened to", async () => {
    const { near, far, candidates, parameters, told } = await connected();
    await reached(near, "connected");
    const port = Number(candidates[0].candidate.split(" ")[5]);
    const stranger = createSocket("udp4").bind(0, "127.0.0.1");
    await once(stranger, "listening");
    onTestFinished(() => void stranger.close());
    const answers: Buffer[] = [];
    stranger.on("message", (bytes) => answers.push(bytes));
    const username = `${parameters.iceUfrag}:xxxx`;
    const check = new Message(methods.BINDING, classes.REQUEST).setAttribute("USERNAME", username);
    const forged = new Message(methods.BINDING, classes.REQUEST)
      .setAttribute("USERNAME", username)
      .setAttribute("PRIORITY", 1)
      .setAttribute("ICE-CONTROLLING", 1n)
      .setAttribute("USE-CANDIDATE", null)
      .addMessageIntegrity(Buffer.from("somebody else's password"))
      .addFingerprint();
    const error = new Message(methods.BINDING, classes.ERROR).addFingerprint();
    const alert = Buffer.from("15fefd0000000000000000000202ff", "hex");
    const datagrams = [check.bytes, forged.bytes, error.bytes, alert, Buffer.alloc(0), rtp(1), REPORT];
    for (const first of [0, 1, 3, 4, 20, 21, 22, 23, 25, 63, 64, 79, 127, 128, 144, 191, 192, 255]) {
      datagrams.push(Buffer.alloc(1, first), Buffer.alloc(40, first));
    }
    for (const datagram of datagrams) {
      stranger.send(datagram, port, "127.0.0.1");
    }
    const [out, back] = [collect(far.received, 1), near.media("video")?.received];
    near.media("video")?.send(rtp(1));
    expect(await out).toEqual([rtp(1)]);
    const came = back && collect(back, 1);
    far.send(REPORT);
    expect(await came).toEqual([REPORT]);
    expect(told).not.toContain("failed");
    expect(answers.filter((bytes) => bytes[0] > 3)).toEqual([]);
  });

  test("candidates may come before the offer, and their end too", async () => {
    const { near } = closed(await meet(acquired(), openFar, { candidatesFirst: true }));
    near.addRemoteCandidate({ candidate: "", sdpMid: "video" });
    await collect(near.pathFound, 1);
    expect(near.refusedCandidates).toBe(0);
  });

  test("candidates that nobody can be reached by are counted, and no peer has more than 64", async () => {
    const { near } = closed(await meet(acquired(), openFar));
    for (const wrong of [
      "candidate:1 1 udp 2122260223 5b2b1f32-9c4c-4c0b-a7b0-34ae0a5b9f3c.local 5000 typ host",
      "candidate:1 1 udp 2122260223 somebody.example 5000 typ host",
      "candidate:1",
    ]) {
      near.addRemoteCandidate({ candidate: wrong, sdpMid: "video" });
    }
    const wrong = near.refusedCandidates;
    expect(wrong).toBe(3);
    for (let at = 0; at < 100; at++) {
      near.addRemoteCandidate({ candidate: `candidate:${at} 1 udp 1 127.0.0.1 ${6000 + at} typ host` });
    }
    expect(near.refusedCandidates).toBeGreaterThan(100 - 64);
  });

  test("the addresses of this side are told, one in front of it too, and that there are no more", async () => {
    const { candidates } = await connected({ config: { externalIps: ["203.0.113.5"] } });
    await expect.poll(() => candidates.at(-1)?.candidate).toBe("");
    const hosts = candidates.map(({ candidate }) => candidate.split(" ")).filter((fields) => fields[7] === "host");
    expect(hosts.map((fields) => fields[4])).toEqual(["127.0.0.1", "203.0.113.5"]);
    expect(hosts[0][5]).toBe(hosts[1][5]);
    expect(candidates.every(({ sdpMid }) => sdpMid === "video")).toBe(true);
  });

  test("a port comes out of the range that is asked for", async () => {
    const { candidates } = await connected({ config: { udpPort: { min: 47_000, max: 47_999 } } });
    const port = Number(candidates[0].candidate.split(" ")[5]);
    expect(port).toBeGreaterThanOrEqual(47_000);
    expect(port).toBeLessThan(48_000);
  });

  test("connections share one port when there is one", async () => {
    const holder = createSocket("udp4").bind(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address();
    holder.close();
    await once(holder, "close");
    const config = { udpPort: { min: port, max: port } };
    const both = await Promise.all([connected({ config }), connected({ config })]);
    for (const [at, { near, far, candidates }] of both.entries()) {
      expect(candidates[0].candidate).toContain(` 127.0.0.1 ${port} typ host`);
      const [out, back] = [collect(far.received, 1), near.media("video")?.received];
      near.media("video")?.send(rtp(at));
      expect(await out).toEqual([rtp(at)]);
      const came = back && collect(back, 1);
      far.send(REPORT);
      expect(await came).toEqual([REPORT]);
    }
    const [first, second] = both;
    first.near.close();
    const arrived = collect(second.far.received, 1);
    second.near.media("video")?.send(rtp(9));
    expect(await arrived).toEqual([rtp(9)]);
  });

  test("a channel that the peer opens carries text and bytes both ways", async () => {
    const connection = closed(await meet(acquired(), openFar));
    const { near, far } = connection;
    const [channel] = (await collect(near.dataChannelOpened, 1)) as [DataChannelTransport];
    expect(channel.label).toBe("control");
    await far.channelOpened;
    const [came, arrived] = [collect(channel.messageReceived, 3), collect(far.messageReceived, 3)];
    const large = Buffer.alloc(20_000, 7);
    for (const message of ["grüße", Buffer.from([0, 1, 255]), large]) {
      far.sendMessage(message);
    }
    expect(await came).toEqual(["grüße", Buffer.from([0, 1, 255]), large]);
    for (const message of ["grüße", new Uint8Array([0, 1, 255]), new Uint8Array(large)]) {
      expect(channel.send(message)).toBe(true);
    }
    expect(await arrived).toEqual(["grüße", Buffer.from([0, 1, 255]), large]);
    near.close();
    expect(channel.send("too late")).toBe(false);
  });

  test("a certificate that is not the one of the offer fails, with a path but never connected", async () => {
    const { near, told } = closed(
      await meet(acquired(), openFar, {
        offered: (sdp) => sdp.replace(/a=fingerprint:sha-256 .*/g, `a=fingerprint:sha-256 ${WRONG_CERTIFICATE}`),
      }),
    );
    await reached(near, "failed");
    expect(told).toContain("path");
    expect(told).not.toContain("connected");
    expect(near.media("video")?.send(rtp(1))).toBe(false);
  });

  if (complains) {
    test("a peer that takes our certificate for a wrong one is a failure here, too", async () => {
      const { near, told } = closed(
        await meet(acquired(), openFar, {
          answered: (parameters) => ({
            ...parameters,
            fingerprint: { algorithm: "sha-256", value: WRONG_CERTIFICATE },
          }),
        }),
      );
      await reached(near, "failed");
      expect(told).toContain("path");
      expect(told).not.toContain("connected");
    });
  }

  test("a handler that throws does not end the process, and the next packet is told again", async () => {
    const { near, far } = await connected();
    const twice = new Promise<void>((resolve) => {
      let count = 0;
      near.media("video")?.received.on(() => {
        count++;
        if (count === 2) {
          resolve();
        }
        throw new Error("a handler threw");
      });
    });
    far.send(REPORT);
    far.send(REPORT);
    await twice;
  });

  test("twenty connections that come and go leave no socket, no timer and no native handle behind", async () => {
    const before = openHandles();
    for (let round = 0; round < 4; round++) {
      const five = await Promise.all(Array.from({ length: 5 }, () => connect(acquired(), openFar)));
      await Promise.all(
        five.map(async ({ near, far }) => {
          near.close();
          await far.close();
        }),
      );
    }
    await expect
      .poll(
        () => {
          const { sockets, timers, held } = openHandles();
          return sockets <= before.sockets && timers <= before.timers + 3 && held <= before.held;
        },
        { timeout: 20_000 },
      )
      .toBe(true);
  });
}
