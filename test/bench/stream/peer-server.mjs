// The peer of the stream bench: the same source, encoders, signalling and page, but the transport library's own media
// chain (H264RtpPacketizer, sender reports, NACK responder) with the browser's default playout.
// Usage: node peer-server.mjs WEB_ROOT. Prints {"http": …} when it listens; ends on SIGTERM.
import { createServer } from "node:http";
import datachannel from "node-datachannel";
import * as core from "../../../dist/core/index.js";
import { StaticFiles } from "../../../dist/node/http/static-files.js";
import * as floe from "../../../dist/node/index.js";

const files = new StaticFiles(process.argv[2]);
const http = createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  const facts = { method: "GET", path, query: new Map(), header: (name) => request.headers[name] };
  files.serve(facts, response).then((isServed) => isServed || response.writeHead(404).end());
});
const clock = new floe.NodeClock();
const symple = new floe.SympleSocketServer({ httpServer: http });
const peer = symple.addVirtualPeer({ user: "floe", id: "floe-server" });
const signaller = core.sympleSignaller(peer);
const video = { width: 1280, height: 720, fps: 30, bitrateBps: 2_000_000 };
const encoder = new floe.H264Encoder({ bitrateBps: video.bitrateBps, fps: video.fps });
const lanes = new Map();
const held = new Set();

function write(kind, { data, timeUs }) {
  const lane = lanes.get(kind);
  if (lane?.track.isOpen()) {
    lane.config.timestamp = core.rtpTicks(timeUs, lane.config.clockRate);
    lane.track.sendMessageBinary(data);
  }
}

async function startMedia() {
  const audio = { sampleRateHz: 48_000, channels: 2, bitrateBps: 128_000 };
  const source = await floe.openSource("test", { video, audio, loop: true, clock });
  await new core.PacketStream({ name: "peer", clock })
    .source(source)
    .via(new floe.VideoScaler(video))
    .via(encoder)
    .via(new floe.OpusEncoder(audio))
    .to({ accepts: [core.EncodedVideo], write: (packet) => write("video", packet) })
    .to({ accepts: [core.EncodedAudio], write: (packet) => write("audio", packet) })
    .start();
}

function addTrack(connection, { mid, media, codec }) {
  const ssrc = 1 + Math.floor(Math.random() * 0x7fffffff);
  const isVideo = media === "video";
  const description = isVideo ? new datachannel.Video(mid, "SendOnly") : new datachannel.Audio(mid, "SendOnly");
  if (isVideo) {
    description.addVideoCodec(codec.payloadType, "H264", codec.parameters);
  } else {
    description.addAudioCodec(codec.payloadType, "opus", codec.parameters);
  }
  description.addSSRC(ssrc, "peer", "peer", media);
  const track = connection.addTrack(description);
  held.add(track);
  const config = new datachannel.RtpPacketizationConfig(ssrc, "peer", codec.payloadType, codec.clockRateHz);
  const packetizer = isVideo
    ? new datachannel.H264RtpPacketizer("StartSequence", config, 1200)
    : new datachannel.RtpPacketizer(config);
  packetizer.addToChain(new datachannel.RtcpSrReporter(config));
  packetizer.addToChain(new datachannel.RtcpNackResponder());
  track.setMediaHandler(packetizer);
  track.onOpen(() => {
    lanes.set(media, { track, config });
    encoder.requestKeyFrame();
  });
  track.onClosed(() => held.delete(track));
}

const connections = new Map();
signaller.received.on((message) => {
  const { peer: to } = message;
  if (message.kind === "control" && message.control === "init") {
    signaller.send({ kind: "control", peer: to, control: "accept" });
  } else if (message.kind === "description") {
    const connection = new datachannel.PeerConnection("viewer", {
      iceServers: [],
      bindAddress: "127.0.0.1",
      disableAutoNegotiation: true,
    });
    connections.set(to, connection);
    connection.onLocalCandidate((candidate, sdpMid) =>
      signaller.send({ kind: "candidate", peer: to, candidate: { candidate: candidate.replace(/^a=/, ""), sdpMid } }),
    );
    const plan = core.planAnswer(core.parseSdp(message.sdp), core.streamingCapabilities());
    for (const section of plan.sections.filter(({ kind }) => kind === "media")) {
      addTrack(connection, section);
    }
    connection.setRemoteDescription(withoutTransportWideFeedback(message.sdp), "offer");
    connection.setLocalDescription("answer");
    signaller.send({ kind: "description", peer: to, type: "answer", sdp: connection.localDescription().sdp });
  } else if (message.kind === "candidate" && message.candidate.candidate !== "") {
    connections.get(to)?.addRemoteCandidate(message.candidate.candidate, message.candidate.sdpMid ?? "0");
  }
});

/** The library echoes transport-cc although it never sends it. */
function withoutTransportWideFeedback(sdp) {
  return sdp
    .split("\r\n")
    .filter((line) => !/transport-cc|transport-wide-cc/.test(line))
    .join("\r\n");
}

await startMedia();
http.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ http: `http://127.0.0.1:${http.address().port}/` }));
});
process.on("SIGTERM", () => process.exit(0));
