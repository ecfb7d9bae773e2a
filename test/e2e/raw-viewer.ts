// A viewer without a browser: Symple and node-datachannel by hand, free to send what no browser would.
import * as datachannel from "node-datachannel";
import type { SignallingMessage } from "../../src/core/webrtc/signaller.js";
import { NodeSympleClient } from "../../src/node/symple/node-symple-client.js";
import { SERVER, signalOffer } from "../setup/raw-offer.js";
import { SeededRandom } from "../sim/seeded-random.js";

/** The library keeps plain pointers to its tracks, so none may be collected before it has cleaned up. */
const keptTracks: datachannel.Track[] = [];

/** One raw viewer. */
export class RawViewer {
  readonly #client: NodeSympleClient;
  readonly #listeners = new Set<(message: SignallingMessage) => void>();
  #connection: datachannel.PeerConnection | undefined;
  #track: datachannel.Track | undefined;
  #packets = 0;
  /** The ports of the server's candidates. */
  readonly remotePorts: number[] = [];

  private constructor(client: NodeSympleClient) {
    this.#client = client;
    client.signaller().received.on((message) => {
      for (const listener of this.#listeners) {
        listener(message);
      }
    });
  }

  /** Signs in. */
  static async open(url: string): Promise<RawViewer> {
    const client = new NodeSympleClient({ url, user: "raw" });
    await new Promise<void>((resolve) => {
      client.changed.on((state) => {
        if (state.kind === "online") {
          resolve();
        }
      });
      client.open();
    });
    return new RawViewer(client);
  }

  /** Calls, sends this offer, and resolves with the reason of the hangup. */
  async offer(sdp: string): Promise<string> {
    await this.#call();
    const reason = this.hungUp();
    this.#client.signaller().send({ kind: "description", peer: SERVER, type: "offer", sdp });
    return await reason;
  }

  /** Resolves with the reason when the server hangs up. */
  async hungUp(): Promise<string> {
    const message = await this.#next((candidate) => candidate.kind === "control" && candidate.control === "hangup");
    return message.kind === "control" ? (message.reason ?? "") : "";
  }

  /** Watches the picture; resolves when the first packet is there. */
  async watch(): Promise<void> {
    await this.#call();
    const connection = new datachannel.PeerConnection("raw", { iceServers: [], bindAddress: "127.0.0.1" });
    this.#connection = connection;
    const signaller = this.#client.signaller();
    this.#listeners.add(signalOffer(connection, signaller));
    this.#listeners.add((message) => {
      if (message.kind === "candidate" && message.candidate.candidate !== "") {
        this.remotePorts.push(Number(message.candidate.candidate.split(" ")[5]));
      }
    });
    const video = new datachannel.Video("video", "SendRecv");
    video.addH264Codec(102, "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1");
    video.addSSRC(4711, "raw");
    const track = connection.addTrack(video);
    this.#track = track;
    keptTracks.push(track);
    await new Promise<void>((resolve) => {
      track.onMessage(() => {
        this.#packets++;
        resolve();
      });
      connection.setLocalDescription();
    });
  }

  /** Sends so many packets of noise, half of them dressed as RTCP. */
  sendGarbage(count: number): void {
    const random = new SeededRandom(5);
    for (let i = 0; i < count; i++) {
      const packet = Buffer.from(random.bytes(12 + random.integer(200)));
      // A plain header, because SRTP protects nothing else.
      packet[0] = 0x80;
      packet[1] = i % 2 === 0 ? 200 + (i % 7) : 96;
      this.#track?.sendMessageBinary(packet);
    }
  }

  /** Resolves when so many more packets have come. */
  async received(count: number): Promise<void> {
    const target = this.#packets + count;
    await new Promise<void>((resolve) => {
      this.#track?.onMessage(() => {
        this.#packets++;
        if (this.#packets >= target) {
          resolve();
        }
      });
    });
  }

  [Symbol.dispose](): void {
    this.#connection?.close();
    this.#client.close();
  }

  async #call(): Promise<void> {
    const accepted = this.#next((message) => message.kind === "control" && message.control === "accept");
    this.#client.signaller().send({ kind: "control", peer: SERVER, control: "init" });
    await accepted;
  }

  #next(isIt: (message: SignallingMessage) => boolean): Promise<SignallingMessage> {
    return new Promise((resolve) => {
      const listener = (message: SignallingMessage): void => {
        if (isIt(message)) {
          this.#listeners.delete(listener);
          resolve(message);
        }
      };
      this.#listeners.add(listener);
    });
  }
}
