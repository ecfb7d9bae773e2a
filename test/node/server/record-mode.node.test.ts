// A whole server in record mode, and publishers without a browser.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { PartialServerConfig } from "../../../src/node/server/config/server-config.js";
import type { FloeServer, FloeServerOptions } from "../../../src/node/server/floe-server.js";
import type { PublisherStatus } from "../../../src/node/server/modes/record/publisher-status.js";
import type { ReceivedPublisher } from "../../../src/node/server/modes/record/received-publisher.js";
import { NodeClock } from "../../../src/node/time/node-clock.js";
import { playBack } from "../record/play-back.js";
import { AUDIO_SSRC, RawPublisher } from "./raw-publisher.js";
import { call, event, joinServer, startServer, temporaryFolder } from "./server-fixture.js";

async function startRecording(
  media: PartialServerConfig["media"] = {},
  options: FloeServerOptions = {},
): Promise<{ server: FloeServer; folder: string; files: () => string[] }> {
  const folder = temporaryFolder();
  const server = await startServer({ media: { mode: "record", recordDir: folder, ...media } }, options);
  const files = (): string[] => readdirSync(folder).filter((name) => /\.(mp4|mkv)$/.test(name));
  return { server, folder, files };
}

async function publisherTo(server: FloeServer, user?: string): Promise<RawPublisher> {
  const publisher = await RawPublisher.open(server, user);
  onTestFinished(() => publisher[Symbol.dispose]());
  return publisher;
}

function publishers(server: FloeServer): readonly PublisherStatus[] {
  return (server.status().sessions as { readonly publishers: readonly PublisherStatus[] }).publishers;
}

/** Pictures and sounds that the first publisher's came to. */
function framesOf(server: FloeServer): readonly (number | undefined)[] {
  const [first] = publishers(server);
  return [first?.video?.frames, first?.audio?.frames];
}

test("H.264 and Opus come over one carrier into a file, as they were sent, and the sender hears how they arrive", async () => {
  const { server, folder, files } = await startRecording();
  const publisher = await publisherTo(server, "ada");
  await publisher.call();
  await publisher.publish(6000);
  await expect.poll(() => framesOf(server)).toEqual([90, 300]);
  expect(publishers(server)[0]).toMatchObject({
    peer: publisher.address,
    state: "active",
    video: { codec: "h264", width: 320, height: 180, packetsLost: 0 },
    audio: { codec: "opus", packetsLost: 0 },
    unusable: 0,
    recording: { state: "recording", id: expect.stringMatching(/^ada-\d+$/) },
  });
  await expect.poll(() => publisher.feedback).toEqual(expect.arrayContaining(["receiver-report", "receiver-estimate"]));
  const left = event(server, (told) => told.event === "publisher-left");
  publisher.hangUp();
  expect(await left).toMatchObject({ peer: publisher.address, reason: "The other side hung up." });
  await server.close();
  const played = await playBack(join(folder, files()[0]));
  expect(played.video).toMatchObject({ codec: "h264", frames: 90, errors: 0 });
  expect(played.audio).toMatchObject({ codec: "opus", frames: 300, errors: 0 });
  expect(played.video?.endS).toBeCloseTo(6, 1);
  expect(played.audio?.endS).toBeCloseTo(6, 1);
});

test("what comes is transcoded to the size and the bits of media.video where that is set", async () => {
  const video = { width: 640, height: 480, fps: 30, bitrate: 500_000 };
  const { server, folder, files } = await startRecording({ record: { transcode: true }, video });
  const publisher = await publisherTo(server);
  await publisher.call();
  await publisher.publish(2000);
  await expect.poll(() => publishers(server)[0].recording?.durationMs).toBeGreaterThan(1900);
  await server.close();
  const played = await playBack(join(folder, files()[0]));
  expect(played.video).toMatchObject({ codec: "h264", frames: 30, errors: 0, sizes: ["640x480"] });
  expect(played.audio).toMatchObject({ codec: "aac", errors: 0 });
  expect(played.audio?.endS).toBeCloseTo(2, 1);
});

test("a program takes what a publisher sends as a stream, is told of its end, and may ask for key frames before anything came", async () => {
  const taken: ReceivedPublisher[] = [];
  const { server } = await startRecording({}, { received: (publisher) => void taken.push(publisher) });
  const publisher = await publisherTo(server);
  await publisher.call();
  const [received] = taken;
  expect(received).toMatchObject({ peer: publisher.address, video: "h264", audio: "opus" });
  received.requestKeyFrame();
  await expect.poll(() => publisher.feedback).toContain("picture-loss");

  const counts = { video: 0, audio: 0 };
  const graph = new PacketStream({ name: "program", clock: new NodeClock() })
    .source(received.media, { lifecycle: "external" })
    .to((packet) => counts["isKey" in packet ? "video" : "audio"]++);
  const ended = new Promise<string>((resolve) => received.ended.on(resolve));
  await graph.start();
  await publisher.publish(1000);
  await expect.poll(() => counts).toEqual({ video: 15, audio: 50 });
  received.hangup("enough");
  expect(await ended).toBe("enough");
  expect(await publisher.turnedDown).toBe("enough");
  await graph.close();
});

test("a program whose listeners and streams fail does not hurt the recording", async () => {
  const { server, folder, files } = await startRecording(
    {},
    {
      received: ({ media }) => {
        media.connect(() => {
          throw new Error("a listener's fault");
        });
        void new PacketStream({ name: "program", clock: new NodeClock() })
          .source(media, { lifecycle: "external" })
          .to(() => {
            throw new Error("a stream's fault");
          })
          .start();
        throw new Error("the program's own fault");
      },
    },
  );
  const publisher = await publisherTo(server);
  await publisher.call();
  await publisher.publish(2000);
  await expect.poll(() => framesOf(server)).toEqual([30, 100]);
  await server.close();
  expect(await playBack(join(folder, files()[0]))).toMatchObject({ video: { frames: 30 }, audio: { frames: 100 } });
});

test("who publishes nothing that can be recorded is told what can", async () => {
  const { server, files } = await startRecording();
  const publisher = await publisherTo(server);
  const asVp9 = (sdp: string): string => sdp.replace(/H264/g, "VP9").replace(/opus/gi, "speex");
  void publisher.call(asVp9);
  expect(await publisher.turnedDown).toBe(
    "webrtc/no-common-codec: video: no common codec: we have H264, the offer has VP9; " +
      "audio: no common codec: we have opus, the offer has speex. Publish one of H264, opus.",
  );
  expect([publishers(server), files()]).toEqual([[], []]);
});

test("a picture that cannot be recorded leaves its sound, and the status says why", async () => {
  const { server } = await startRecording();
  const publisher = await publisherTo(server);
  await publisher.call((sdp) => sdp.replace(/H264/g, "AV1"));
  await publisher.publish(1000);
  await expect.poll(() => publishers(server)[0].recording?.durationMs).toBe(1000);
  expect(publishers(server)[0]).toMatchObject({
    notes: ["section 0 (video, mid video) is inactive: no common codec: we have H264, the offer has AV1."],
    audio: { codec: "opus" },
  });
  expect(publishers(server)[0].video).toBeUndefined();
});

test("beyond the limit a publisher finds the server busy; a place that gets free is taken again", async () => {
  const { server } = await startRecording({ record: { maxPublishers: 1 } });
  const first = await publisherTo(server, "first");
  await first.call();
  const waiting = await joinServer(server);
  expect(await call(waiting)).toMatchObject({ control: "reject", reason: "busy" });
  const left = event(server, (told) => told.event === "publisher-left");
  first.hangUp();
  await left;
  const second = await publisherTo(server, "second");
  await second.call();
  expect(publishers(server)).toMatchObject([{ peer: second.address }]);
});

test("a recording that is stopped, or that fails, ends its call in words; the others and the server go on", async () => {
  const { server } = await startRecording();
  const [ada, eve] = [await publisherTo(server, "ada"), await publisherTo(server, "eve")];
  await Promise.all([ada.call(), eve.call()]);
  await Promise.all([ada.publish(1000), eve.publish(1000)]);
  await expect
    .poll(() => publishers(server).map(({ recording }) => recording?.state))
    .toEqual(["recording", "recording"]);
  await server.recorder?.stop(publishers(server)[0].recording?.id ?? "");
  expect(await ada.turnedDown).toBe("the recording was stopped");
  await eve.publish(1000);
  expect(publishers(server)).toMatchObject([{ peer: eve.address, state: "active" }]);
});

test("packets of sources and types that were not agreed on are counted, and nothing of them is in the file", async () => {
  const { server, folder, files } = await startRecording();
  const publisher = await publisherTo(server);
  await publisher.call();
  await publisher.publish(1000);
  const header = (payloadType: number, ssrc: number): Uint8Array => {
    const packet = new Uint8Array(40);
    const view = new DataView(packet.buffer);
    view.setUint16(0, 0x8000 | payloadType);
    view.setUint16(2, 30_000);
    view.setUint32(8, ssrc);
    return packet;
  };
  publisher.send("video", header(102, 99));
  publisher.send("video", header(99, 98));
  publisher.send("audio", header(126, AUDIO_SSRC + 10));
  await expect.poll(() => publishers(server)[0].unusable).toBe(3);
  expect(framesOf(server)).toEqual([15, 50]);
  await server.close();
  expect(await playBack(join(folder, files()[0]))).toMatchObject({
    video: { frames: 15, errors: 0 },
    audio: { frames: 50 },
  });
});
