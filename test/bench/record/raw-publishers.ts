// Publishers that are no browser: node-datachannel connections that send a ready-made clip to a server that records, and answer what it
// asks for. A program of its own, so that nothing of it counts as the server's.
// Usage: node raw-publishers.mjs URL PUBLISHER_OPTIONS. Prints {"ready": true} when all send; on SIGUSR2 a PublishersReport; on SIGHUP
// sends nothing more but what is asked for, and prints the last report a second later; ends on SIGTERM.
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { deserialize } from "node:v8";
import { parseSdp, type SignallingMessage } from "floe";
import { NodeClock, NodeSympleClient } from "floe/node";
import datachannel, { type PeerConnection, type Track } from "node-datachannel";
import { SeededRandom } from "../../../src/core/crypto/seeded-random.js";
import type { ClipPayloads } from "./clip-payloads.js";
import { ClipSender } from "./clip-sender.js";

/** Who publishes, and what. */
export type PublisherOptions = {
  /** Their names on the server. */
  readonly names: readonly string[];
  /** A file with ClipPayloads, as `v8.serialize` writes them. */
  readonly clip: string;
  /** Their address. Default 127.0.0.1. */
  readonly bindAddress?: string;
  readonly token?: string;
  /** So long after its start a publisher makes key frames when asked. Default for ever. */
  readonly keyFramesUntilMs?: number;
  /** Each begins up to so much later than it could, drawn from `seed`. Default 0. */
  readonly spreadMs?: number;
  readonly seed?: number;
};

/** What each has sent. */
export type PublishersReport = {
  readonly publishers: readonly {
    readonly name: string;
    readonly counters: ClipSender["counters"];
    /** When each picture of the clip was sent last, Unix milliseconds; 0 for never. */
    readonly sentAtMs: readonly number[];
  }[];
};

const SERVER = "floe|floe-server";
/** The library of this side checks the certificate of a peer that is quick before it knows what to expect (0.24.5, rare). */
const MAX_CALLS = 5;

class RawPublisher {
  readonly name: string;
  readonly sentAtMs: number[] = [];
  readonly sender: ClipSender;
  readonly #client: NodeSympleClient;
  readonly #bindAddress: string;
  #connection: PeerConnection | undefined;
  /** The library ends what nobody holds. */
  #tracks: Track[] = [];

  constructor(
    name: string,
    url: string,
    clip: ClipPayloads,
    ssrc: number,
    { bindAddress = "127.0.0.1", token, keyFramesUntilMs = Number.POSITIVE_INFINITY }: PublisherOptions,
  ) {
    this.name = name;
    this.#bindAddress = bindAddress;
    this.#client = new NodeSympleClient({ url, user: name, ...(token === undefined ? {} : { token }) });
    this.sender = new ClipSender({
      clip,
      clock: new NodeClock(),
      ssrc,
      keyFramesUntilUs: keyFramesUntilMs * 1000,
      send: (packet) => this.#tracks[0].sendMessageBinary(packet as Buffer),
      pictureSent: (index, atMs) => {
        this.sentAtMs[index] = atMs;
      },
    });
  }

  async start(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#client.changed.on(({ kind }) => kind === "online" && resolve());
      this.#client.open();
    });
    for (let call = 1; !(await this.#call()); call++) {
      if (call === MAX_CALLS) {
        throw new Error(`${this.name} was hung up on ${call} times`);
      }
    }
    await pause(waitMs);
    this.sender.start();
  }

  /** True when media can be sent. */
  async #call(): Promise<boolean> {
    const signaller = this.#client.signaller();
    const connection = new datachannel.PeerConnection(this.name, {
      iceServers: [],
      bindAddress: this.#bindAddress,
      disableAutoNegotiation: true,
    });
    this.#connection = connection;
    const video = new datachannel.Video("0", "SendOnly");
    video.addH264Codec(102);
    // The library hands RTCP to the track whose source it is about.
    video.addSSRC(this.sender.sources.video, "clip");
    const audio = new datachannel.Audio("1", "SendOnly");
    audio.addOpusCodec(111);
    audio.addSSRC(this.sender.sources.audio, "clip");
    this.#tracks = [connection.addTrack(video), connection.addTrack(audio)];
    for (const track of this.#tracks) {
      track.onMessage((packet) => this.sender.feedback(packet));
    }
    const connected = new Promise<boolean>((resolve) => {
      this.#tracks[0].onOpen(() => resolve(true));
      connection.onStateChange((state) => {
        if (state === "failed" || state === "closed") {
          resolve(false);
        }
      });
      signaller.received.on((message) => this.#take(message, connection, resolve));
    });
    connection.onLocalCandidate((candidate, sdpMid) => {
      const told = { candidate: candidate.replace(/^a=/, ""), sdpMid };
      signaller.send({ kind: "candidate", peer: SERVER, candidate: told });
    });
    signaller.send({ kind: "control", peer: SERVER, control: "init" });
    return await connected;
  }

  #take(message: SignallingMessage, connection: PeerConnection, resolve: (isConnected: boolean) => void): void {
    if (connection !== this.#connection) {
      return;
    }
    if (message.kind === "control" && message.control === "accept") {
      connection.setLocalDescription("offer");
      const sdp = this.#offer(connection.localDescription()?.sdp ?? "");
      this.#client.signaller().send({ kind: "description", peer: SERVER, type: "offer", sdp });
    } else if (message.kind === "control") {
      console.error(`${this.name}: ${message.control}: ${message.reason}`);
      connection.close();
      resolve(false);
    } else if (message.kind === "description") {
      connection.setRemoteDescription(message.sdp, "answer");
    } else if (message.candidate.candidate !== "") {
      connection.addRemoteCandidate(message.candidate.candidate, message.candidate.sdpMid ?? "0");
    }
  }

  /** The sender's sections on the library's own ICE and DTLS parameters. */
  #offer(sdp: string): string {
    const { transport, media } = parseSdp(sdp);
    const all = [transport, ...media.map((section) => section.transport)];
    const [fingerprint] = all.flatMap(({ fingerprints }) => fingerprints);
    const [iceUfrag = ""] = all.flatMap((each) => each.iceUfrag ?? []);
    const [icePwd = ""] = all.flatMap((each) => each.icePwd ?? []);
    return this.sender.offer({ iceUfrag, icePwd, fingerprint });
  }
}

const [url, json] = process.argv.slice(2);
const options = JSON.parse(json) as PublisherOptions;
const { names, clip: clipFile, spreadMs = 0, seed = 1 } = options;
const clip = deserialize(readFileSync(clipFile)) as ClipPayloads;
const random = new SeededRandom(seed);
const publishers = names.map((name, i) => new RawPublisher(name, url, clip, 1000 * (i + 1), options));

function printReport(): void {
  const report: PublishersReport = {
    publishers: publishers.map(({ name, sender, sentAtMs }) => ({
      name,
      counters: sender.counters,
      sentAtMs: Array.from(sentAtMs, (atMs) => atMs ?? 0),
    })),
  };
  console.log(JSON.stringify(report));
}

process.on("SIGUSR2", printReport);
process.on("SIGHUP", () => {
  for (const { sender } of publishers) {
    sender.stop();
  }
  setTimeout(printReport, 1000);
});
process.on("SIGTERM", () => process.exit(0));
await Promise.all(publishers.map((publisher) => publisher.start(random.next() * spreadMs)));
console.log(JSON.stringify({ ready: true }));
