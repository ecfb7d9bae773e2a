// Reads a recording as a player would: every packet of every track through FFmpeg's decoders.
import type { CodecContext, Frame } from "node-av/lib";
import { loadNodeAv, type NodeAv } from "../../../src/node/av/load-node-av.js";

/** What came out of a track. */
export type PlayedTrack = {
  readonly codec: string;
  frames: number;
  /** Packets that the decoder refused. */
  errors: number;
  /** Sizes of the pictures, in the order of their first appearance. */
  readonly sizes: string[];
  /** Seconds. */
  startS: number;
  endS: number;
  /** Largest step between two packets, seconds. */
  longestStepS: number;
};

/** Looks at a decoded frame while it lives. */
export type Look = (kind: "video" | "audio", frame: Frame, timeS: number) => void;

/** Plays a whole file. Throws when it cannot be opened. */
export async function playBack(
  path: string,
  look: Look = () => {},
): Promise<Record<"video" | "audio", PlayedTrack | undefined>> {
  const av = await loadNodeAv();
  const format = new av.FormatContext();
  const opened = await format.openInput(path);
  if (opened < 0) {
    throw new Error(`${path} cannot be opened: ${av.FFmpegError.strerror(opened)}`);
  }
  await format.findStreamInfo();
  const players = format.streams.map(({ codecpar, timeBase }) => new Player(av, codecpar, { timeBase, look }));
  const packet = new av.Packet();
  packet.alloc();
  while (format.readFrameSync(packet) >= 0) {
    players[packet.streamIndex].play(packet);
    packet.unref();
  }
  for (const player of players) {
    player.play(null);
    player.close();
  }
  packet.free();
  await format.closeInput();
  const of = (kind: string): PlayedTrack | undefined => players.find((player) => player.kind === kind)?.played;
  return { video: of("video"), audio: of("audio") };
}

type NativePacket = InstanceType<NodeAv["Packet"]>;
type PlayerOptions = { readonly timeBase: { readonly num: number; readonly den: number }; readonly look: Look };
type Parameters = InstanceType<NodeAv["CodecParameters"]>;

class Player {
  readonly kind: "video" | "audio";
  readonly played: PlayedTrack;
  readonly #look: Look;
  readonly #context: CodecContext;
  readonly #frame: InstanceType<NodeAv["Frame"]>;
  readonly #tickS: number;
  #lastS: number | undefined;

  constructor(av: NodeAv, parameters: Parameters, { timeBase, look }: PlayerOptions) {
    this.#look = look;
    this.kind = parameters.codecType === av.AVMEDIA_TYPE_VIDEO ? "video" : "audio";
    const codec = av.Codec.findDecoder(parameters.codecId);
    this.#context = new av.CodecContext();
    this.#context.allocContext3(codec);
    parameters.toContext(this.#context);
    this.#context.threadCount = 1;
    this.#context.open2Sync(codec);
    this.#frame = new av.Frame();
    this.#frame.alloc();
    this.#tickS = timeBase.num / timeBase.den;
    this.played = { codec: codec?.name ?? "", frames: 0, errors: 0, sizes: [], startS: 0, endS: 0, longestStepS: 0 };
  }

  play(packet: NativePacket | null): void {
    if (packet !== null) {
      this.#measure(Number(packet.pts) * this.#tickS, Number(packet.duration) * this.#tickS);
    }
    if (this.#context.sendPacketSync(packet) < 0) {
      this.played.errors++;
      return;
    }
    while (this.#context.receiveFrameSync(this.#frame) >= 0) {
      this.played.frames++;
      const size = `${this.#frame.width}x${this.#frame.height}`;
      if (this.kind === "video" && !this.played.sizes.includes(size)) {
        this.played.sizes.push(size);
      }
      if (this.#frame.decodeErrorFlags !== 0) {
        this.played.errors++;
      }
      this.#look(this.kind, this.#frame, Number(this.#frame.pts) * this.#tickS);
      this.#frame.unref();
    }
  }

  close(): void {
    this.#frame.free();
    this.#context.freeContext();
  }

  #measure(startS: number, durationS: number): void {
    if (this.#lastS === undefined) {
      this.played.startS = startS;
    } else {
      this.played.longestStepS = Math.max(this.played.longestStepS, startS - this.#lastS);
    }
    this.#lastS = startS;
    this.played.endS = Math.max(this.played.endS, startS + durationS);
  }
}
