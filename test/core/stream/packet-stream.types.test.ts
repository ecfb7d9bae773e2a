// What must compile, and what must not: each refusal with its reason. The compiler is the test (tsc -b test); at run
// time the sentences are only built, never started.
import { describe, expect, expectTypeOf, test } from "vitest";
import type { ExternalSource, Processor, Source } from "../../../src/core/stream/adapter.js";
import type { FlagPacket } from "../../../src/core/stream/flag-packet.js";
import type {
  AudioFramePacket,
  EncodedAudioPacket,
  EncodedVideoPacket,
  VideoFramePacket,
} from "../../../src/core/stream/media-packet.js";
import { AudioFrame, EncodedAudio, EncodedVideo, VideoFrame } from "../../../src/core/stream/media-packet.js";
import type { Packet, PacketKind } from "../../../src/core/stream/packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";

function stage<In extends Packet, Out extends Packet>(
  accepts: PacketKind<In>,
  emits: PacketKind<Out>,
): Processor<In, Out> {
  return { name: "stage", retention: "borrowed", accepts: [accepts], emits: [emits], process: () => {} };
}

function sourceOf<P extends Packet>(...emits: readonly PacketKind<P>[]): Source<P> {
  return { name: "source", retention: "borrowed", emits, start: () => {}, stop: () => {} };
}

/** Frames of a skin: a class that implements the face over native memory. */
interface NativeFrame extends VideoFramePacket {
  readonly native: bigint;
}

const camera = (): Source<VideoFramePacket | AudioFramePacket> =>
  sourceOf<VideoFramePacket | AudioFramePacket>(VideoFrame, AudioFrame);
const videoEncoder = (): Processor<VideoFramePacket, EncodedVideoPacket> => stage(VideoFrame, EncodedVideo);
const audioEncoder = (): Processor<AudioFramePacket, EncodedAudioPacket> => stage(AudioFrame, EncodedAudio);
const stream = <P extends Packet = never>(): PacketStream<P> => new PacketStream<P>({ name: "types" });

describe("what compiles", () => {
  test("a stage takes its kinds out of the stream and puts its own in; the others pass by", () => {
    const one = stream().source(camera()).via(videoEncoder());
    expectTypeOf(one).toEqualTypeOf<PacketStream<AudioFramePacket | EncodedVideoPacket>>();
    const two = one.via(audioEncoder());
    expectTypeOf(two).toEqualTypeOf<PacketStream<EncodedVideoPacket | EncodedAudioPacket>>();
  });

  test("queues and branches change nothing, several sources add up", () => {
    expectTypeOf(stream().source(camera()).queue({ capacity: 1, whenFull: "drop-oldest" })).toEqualTypeOf<
      PacketStream<VideoFramePacket | AudioFramePacket>
    >();
    expectTypeOf(stream().source(camera()).branch("b")).toEqualTypeOf<
      PacketStream<VideoFramePacket | AudioFramePacket>
    >();
    expectTypeOf(stream().source(sourceOf(VideoFrame)).source(sourceOf(EncodedAudio))).toEqualTypeOf<
      PacketStream<VideoFramePacket | EncodedAudioPacket>
    >();
  });

  test("a class that implements a kind's face is of that kind", () => {
    const native = sourceOf<NativeFrame>(VideoFrame as PacketKind<NativeFrame>);
    expectTypeOf(stream().source(native).via(videoEncoder())).toEqualTypeOf<PacketStream<EncodedVideoPacket>>();
  });

  test("a stream of unknown packets takes every stage", () => {
    expectTypeOf(stream<Packet>().via(videoEncoder()).via(audioEncoder()).name).toBeString();
    expectTypeOf(stream().attach(videoEncoder(), { order: 20 })).toEqualTypeOf<PacketStream<Packet>>();
  });

  test("a sink takes all that arrives, or chooses", () => {
    const encoded = (): PacketStream<EncodedVideoPacket | EncodedAudioPacket> =>
      stream().source(camera()).via(videoEncoder()).via(audioEncoder());
    encoded().to((packet) => expectTypeOf(packet).toEqualTypeOf<EncodedVideoPacket | EncodedAudioPacket>());
    encoded().to((packet: Packet) => void packet);
    encoded().to({ write: (packet: EncodedVideoPacket | EncodedAudioPacket) => void packet });
    encoded().to({ accepts: [EncodedAudio], write: (packet: EncodedAudioPacket) => void packet });
    encoded().to(stream<EncodedVideoPacket>());
  });

  test("an external source has connect()", () => {
    const external: ExternalSource<RawPacket> = {
      name: "radio",
      retention: "borrowed",
      emits: [RawPacket.kind],
      connect: () => ({ [Symbol.dispose]: () => {} }),
    };
    expectTypeOf(stream().source(external, { lifecycle: "external" })).toEqualTypeOf<PacketStream<RawPacket>>();
    expect(external.name).toBe("radio");
  });
});

describe("what does not compile", () => {
  test("a stage that takes none of the kinds that reach it", () => {
    // @ts-expect-error a video encoder behind a source of raw bytes
    stream().source(sourceOf(RawPacket.kind)).via(videoEncoder());
    // @ts-expect-error the first encoder took all the frames: nothing is left for the second
    stream().source(sourceOf(VideoFrame)).via(videoEncoder()).via(videoEncoder());
    // @ts-expect-error encoded sound is not raw sound
    stream().source(sourceOf(EncodedAudio)).via(audioEncoder());
    // @ts-expect-error nothing reaches a stage in a stream without a source that does not say what will be written
    stream().via(videoEncoder());
    // @ts-expect-error a flag packet has no bytes: it is not a raw packet
    stream<FlagPacket>().via(stage(RawPacket.kind, RawPacket.kind));
    const nativeEncoder = stage(VideoFrame as PacketKind<NativeFrame>, EncodedVideo);
    // @ts-expect-error a stage for one skin's frames may not get another's
    stream().source(sourceOf(VideoFrame)).via(nativeEncoder);
  });

  test("a branch's stage that takes none of what passes the branch's place", () => {
    // @ts-expect-error behind the encoder there are no raw pictures any more
    stream().source(sourceOf(VideoFrame)).via(videoEncoder()).branch("detect").via(stage(VideoFrame, RawPacket.kind));
  });

  test("a sink that cannot take all that arrives and does not choose", () => {
    const both = (): PacketStream<VideoFramePacket | AudioFramePacket> => stream().source(camera());
    // @ts-expect-error sound arrives too
    both().to((packet: VideoFramePacket) => void packet);
    // @ts-expect-error sound arrives too, and a method is no way round it
    both().to({
      write(packet: VideoFramePacket) {
        void packet;
      },
    });
    // @ts-expect-error no encoded picture ever arrives
    both().to({ accepts: [EncodedVideo], write: (packet: EncodedVideoPacket) => void packet });
  });

  test("a processor whose declared kinds are not what it processes", () => {
    const lying: Processor<EncodedVideoPacket, RawPacket> = {
      ...stage(EncodedVideo, RawPacket.kind),
      // @ts-expect-error it says that it accepts encoded sound
      accepts: [EncodedAudio],
    };
    expect(lying.name).toBe("stage");
  });

  test("sources that are not what their lifecycle asks for", () => {
    const starting = sourceOf(RawPacket.kind);
    // @ts-expect-error an external source has connect()
    expect(() => stream().source(starting, { lifecycle: "external" })).toThrow("cannot be a source");
  });

  test("a packet with an invented policy, or a queue without one", () => {
    // @ts-expect-error there is no policy "wait"
    expect(() => stream<RawPacket>().queue({ capacity: 1, whenFull: "wait" })).toThrow('cannot do "wait"');
    // @ts-expect-error what happens to a packet that finds no room is said, not assumed
    expect(() => stream<RawPacket>().queue({ capacity: 1 })).toThrow("cannot do");
  });
});
