// One graph, two homes: encoded media → RTP → a network that loses and delays → encoded media. This module runs in Node and in
// a page as it is, and gives the same packets and the same events in both.
//
//   node examples/one-graph-in-node.ts            Node 22.18 or newer runs TypeScript as it is
//   npm start, then open /graph.html              the same in a page, and live with your camera
import {
  Arena,
  type Clock,
  type EncodedAudioPacket,
  type EncodedVideoPacket,
  H264ToRtp,
  type LinkConditions,
  loadKernels,
  ManualClock,
  OpusToRtp,
  PacketStream,
  PlainEncodedAudio,
  PlainEncodedVideo,
  RtpToH264,
  RtpToOpus,
  SeededLink,
  seconds,
} from "floe";

/** Encoded media of a graph. */
export type Media = EncodedVideoPacket | EncodedAudioPacket;
/** What a network is like, and the seed of its luck. */
export type Network = LinkConditions & { readonly seed: number };
/** One access unit or Opus packet, its bytes in Base64. */
type Unit = { kind: string; timeUs: number; durationUs: number; isKey: boolean; data: string };
/** Media that was recorded, and the network that it is sent over. */
export type Recording = { name: string; about: string; network: Network; units: readonly Unit[] };
/** What a run gives: digests of the packets sent, of those that arrived, of the media at the end; and what happened. */
export type Outcome = { sent: string; arrived: string; media: string; events: readonly string[] };

/** Puts the graph behind `stream`. The order of the sentence is the way of a packet. */
export async function overNetwork(stream: PacketStream<Media>, network: Network, clock: Clock) {
  const arena = Arena.create({ sizeBytes: 4 * 1024 * 1024 });
  const kernels = await loadKernels(arena);
  const link = new SeededLink({ ...network, clock });
  const video = new RtpToH264();
  const sent = new Digest("sent");
  const arrived = new Digest("arrived");
  const graph = stream
    .via(new H264ToRtp({ kernels, arena, ssrc: 1 }))
    .via(new OpusToRtp({ kernels, arena, ssrc: 2 }))
    .to(sent)
    .via(link)
    .to(arrived)
    .via(video)
    .via(new RtpToOpus());
  return { graph, link, video, sent, arrived };
}

/** Sends a recording through the graph, as fast as it goes: the clock is moved by hand. */
export async function run({ network, units }: Recording): Promise<Outcome> {
  const clock = new ManualClock();
  const media = new Digest("media");
  const events: string[] = [];
  const log = (what: string) => events.push(`${(clock.nowUs() / 1000).toFixed(1)} ms: ${what}`);
  const stream = new PacketStream<Media>({ name: "recording", clock });
  const { graph, link, video, sent, arrived } = await overNetwork(stream, network, clock);

  video.formatChanged.on(({ width, height, codec }) => log(`pictures of ${width}x${height}, ${codec}`));
  video.pictureDropped.on(({ timeUs, reason }) => log(`picture of ${timeUs / 1000} ms dropped: ${reason}`));
  video.keyFrameNeeded.on(() => log("a key frame is needed"));
  let soundUs = 0;
  graph.to((packet) => {
    media.write(packet);
    if ("isKey" in packet) {
      if (packet.isKey) {
        log(`key frame of ${packet.timeUs / 1000} ms, ${packet.byteLength} bytes`);
      }
    } else {
      if (packet.timeUs > soundUs) {
        log(`${(packet.timeUs - soundUs) / 1000} ms of sound are missing`);
      }
      soundUs = packet.timeUs + packet.durationUs;
    }
  });

  await graph.start();
  for (const { kind, timeUs, durationUs, isKey, data: base64 } of units) {
    clock.advanceTo(timeUs);
    const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const packet = { data, timeUs, durationUs };
    graph.write(
      kind === "video"
        ? new PlainEncodedVideo({ codec: "h264", isKey, ...packet })
        : new PlainEncodedAudio({ codec: "opus", ...packet }),
    );
  }
  clock.advance(seconds(1));
  await graph.close();
  const { lost, reordered, duplicated } = link.counters;
  log(
    `${sent.count} packets sent: ${lost} lost, ${reordered} held up, ${duplicated} copied; ${media.count} frames arrived`,
  );
  return { sent: `${sent}`, arrived: `${arrived}`, media: `${media}`, events };
}

/** A sink that keeps FNV-1a over the bytes of everything that comes by. */
class Digest {
  readonly name: string;
  count = 0;
  #hash = 0x811c9dc5;

  constructor(name: string) {
    this.name = name;
  }

  write({ data }: { readonly data: Uint8Array }): void {
    this.count++;
    for (const byte of data) {
      this.#hash = Math.imul(this.#hash ^ byte, 0x01000193);
    }
  }

  toString(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }
}
