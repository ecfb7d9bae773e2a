// A camera in a browser: source → scaler → H.264 encoder → WebRTC, and Symple for the call.
//
//   node examples/camera-to-browser.ts [SOURCE] [PORT]        Node 22.18 or newer runs TypeScript as it is
//
// SOURCE is /dev/video0 (the default), rtsp://user:password@camera/stream, a file, or "test" for the built-in picture.
// The graph is made here, by hand, to show what it is made of and where to put a stage of your own. Who only wants to
// watch a camera writes `floe --source SOURCE`, or FloeServer.start({ media: { source } }).
import {
  type Emit,
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
  maskUrl,
  PacketStream,
} from "floe";
import {
  FloeServer,
  H264Encoder,
  NodeClock,
  OpusEncoder,
  openLogger,
  openSource,
  type StreamSource,
  VideoScaler,
} from "floe/node";

const [noun = "/dev/video0", port = "4500"] = process.argv.slice(2);
const video = { width: 1280, height: 720, fps: 30, bitrateBps: 2_000_000 };
const audio = { sampleRateHz: 48_000, channels: 2, bitrateBps: 128_000 } as const;
const clock = new NodeClock();
const logger = openLogger({ level: "warn" });

type Encoded = EncodedVideoPacket | EncodedAudioPacket;

/** Opens the camera and puts a graph behind it. What comes out of the graph is what the server's viewers get. */
async function openCamera(): Promise<StreamSource> {
  const camera = await openSource(noun, { video, audio, loop: true, clock, logger });
  const encoder = new H264Encoder({ bitrateBps: video.bitrateBps, fps: video.fps });
  let emit: Emit<Encoded> = () => {};

  // Order of the sentence is the way of a packet. Sound passes by the stages of the picture, and the other way round.
  const graph = new PacketStream({ name: "camera", clock })
    .source(camera)
    .via(new VideoScaler(video))
    .via(encoder)
    .via(new OpusEncoder(audio))
    .to((packet) => emit(packet));

  const { info } = camera;
  return {
    name: "camera",
    // What it emits is lent: whoever wants to keep a packet clones it.
    retention: "borrowed",
    emits: [EncodedVideo, EncodedAudio],
    info: {
      name: info.name,
      ...(info.video && { video: { ...info.video, codec: "h264", delivery: "passthrough" } as const }),
      ...(info.audio && { audio: { ...info.audio, codec: "opus", delivery: "passthrough" } as const }),
    },
    failed: graph.failed,
    ended: camera.ended,
    // A camera that goes away is opened again by itself; viewers stay meanwhile, and are told.
    get health() {
      return camera.health ?? ({ kind: "ok" } as const);
    },
    ...(camera.healthChanged && { healthChanged: camera.healthChanged }),
    // A viewer that has lost too much asks for a picture to begin with.
    requestKeyFrame: () => encoder.requestKeyFrame(),
    start: (take) => {
      emit = take;
      return graph.start();
    },
    stop: () => graph.stop(),
    close: () => graph.close(),
  };
}

// The server answers calls, brings each viewer up to speed from the last key frame, paces and resends. The camera is
// opened for the first viewer and closed when the last one has gone.
const server = await FloeServer.start({ http: { port: Number(port) } }, { source: openCamera, logger });
server.events.on(({ event, peer, words }) => console.log([event, peer, words].filter(Boolean).join(" ")));
console.log(`Watch ${maskUrl(noun)} at ${server.url}`);

process.once("SIGINT", async () => {
  await server.close();
  process.exit(0);
});
