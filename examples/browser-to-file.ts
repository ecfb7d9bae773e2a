// A browser's camera into a file: WebRTC → Floe → MP4, as it came, and a graph of your own beside it.
//
//   node examples/browser-to-file.ts [FOLDER] [PORT]        Node 22.18 or newer runs TypeScript as it is
//
// Open the page that it prints, allow the camera, broadcast: FOLDER (default ./recordings) has a file for each call, which
// plays while it is written and after a power cut. Who wants no more writes `floe --mode record`. What this shows is how a
// program takes the same media while it comes: here the sound alone goes into a second file, for a transcript, and a line a
// second says what arrives.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { EncodedAudio, EncodedVideo, PacketStream } from "floe";
import { FloeServer, NodeClock, openLogger, type ReceivedPublisher, Recording, recordingFileName } from "floe/node";

const [folder = "recordings", port = "4500"] = process.argv.slice(2);
const clock = new NodeClock();
const logger = openLogger({ level: "warn" });
const transcripts = join(folder, "sound");
mkdirSync(transcripts, { recursive: true });

/** Called for each publisher, before its media. The server's own recording does not depend on what happens here. */
async function received(publisher: ReceivedPublisher): Promise<void> {
  const name = publisher.peer.split("|")[0];
  const startedMs = Date.now();
  const sound = await Recording.open({
    format: "mp4",
    expectsVideo: false,
    expectsAudio: true,
    pathOf: (segment) => join(transcripts, recordingFileName({ peer: name, startedMs, segment, extension: "mp4" })),
  });

  const seen = { pictures: 0, keyFrames: 0, bytes: 0 };
  const graph = new PacketStream({ name, clock })
    // Somebody else starts and stops this source: the publisher.
    .source(publisher.media, { lifecycle: "external" })
    // Packets are lent. A queue clones them, so that what is slow behind it holds up nobody; when it is full, what
    // comes is dropped up to the next key frame.
    .queue({ capacity: 256, whenFull: "drop-until-key" })
    .to((packet) => {
      seen.bytes += packet.byteLength;
      if (EncodedVideo.is(packet)) {
        seen.pictures++;
        seen.keyFrames += packet.isKey ? 1 : 0;
      } else if (EncodedAudio.is(packet)) {
        sound.write(packet);
      }
    });
  const timer = setInterval(() => {
    const { pictures, keyFrames, bytes } = seen;
    console.log(`${name}: ${pictures} pictures (${keyFrames} key), ${Math.round((bytes * 8) / 1000)} kbit in a second`);
    Object.assign(seen, { pictures: 0, keyFrames: 0, bytes: 0 });
  }, 1000);

  publisher.ended.on(async () => {
    clearInterval(timer);
    // Stopping lets the queue run empty.
    await graph.stop();
    await graph.close();
    await sound.close();
  });
  await graph.start();
}

const server = await FloeServer.start(
  { http: { port: Number(port) }, media: { mode: "record", recordDir: folder } },
  {
    logger,
    received: (publisher) => {
      received(publisher).catch((error: unknown) => publisher.hangup(`the program failed: ${error}`));
    },
  },
);
server.events.on(({ event, peer, reason, recording }) => {
  const file = (recording as { fileName?: string } | undefined)?.fileName;
  console.log([event, peer, file, reason].filter(Boolean).join(" "));
});
console.log(`Publish at ${server.url}`);

process.once("SIGINT", async () => {
  await server.close();
  process.exit(0);
});
