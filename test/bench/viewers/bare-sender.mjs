// The floor of the viewers bench: the same signalling and connections, and then nothing but a loop of sendMessageBinary
// over ready-made packets: 8 of 1100 bytes for each of 30 frames a second, and 50 of 90 bytes for sound, to each viewer.
// Usage: node bare-sender.mjs. Prints {"http": …} when it listens; ends on SIGTERM.
import { createServer } from "node:http";
import datachannel from "node-datachannel";
import * as core from "../../../dist/core/index.js";
import { SympleSocketServer } from "../../../dist/node/index.js";

const http = createServer();
const symple = new SympleSocketServer({ httpServer: http });
const signaller = core.sympleSignaller(symple.addVirtualPeer({ user: "floe", id: "floe-server" }));
const kept = [];
const lanes = { video: [], audio: [] };
const connections = new Map();

signaller.received.on((message) => {
  const { peer: to } = message;
  if (message.kind === "control" && message.control === "init") {
    signaller.send({ kind: "control", peer: to, control: "accept" });
  } else if (message.kind === "description") {
    connections.set(to, answer(to, message.sdp));
  } else if (message.kind === "candidate" && message.candidate.candidate !== "") {
    connections.get(to)?.addRemoteCandidate(message.candidate.candidate, message.candidate.sdpMid ?? "0");
  }
});

function answer(to, offer) {
  const connection = new datachannel.PeerConnection(to, {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  connection.onLocalCandidate((candidate, sdpMid) =>
    signaller.send({ kind: "candidate", peer: to, candidate: { candidate: candidate.replace(/^a=/, ""), sdpMid } }),
  );
  for (const { media, mid, codec } of core.planAnswer(core.parseSdp(offer), core.streamingCapabilities()).sections) {
    const description =
      media === "video" ? new datachannel.Video(mid, "SendOnly") : new datachannel.Audio(mid, "SendOnly");
    if (media === "video") {
      description.addVideoCodec(codec.payloadType, "H264", codec.parameters);
    } else {
      description.addAudioCodec(codec.payloadType, "opus", codec.parameters);
    }
    const ssrc = 1 + Math.floor(Math.random() * 0x7fffffff);
    description.addSSRC(ssrc, "bare");
    const track = connection.addTrack(description);
    kept.push(track);
    track.onOpen(() => lanes[media].push({ track, ssrc, payloadType: codec.payloadType, sequenceNumber: 0 }));
  }
  connection.setRemoteDescription(offer, "offer");
  connection.setLocalDescription("answer");
  signaller.send({ kind: "description", peer: to, type: "answer", sdp: connection.localDescription().sdp });
  return connection;
}

function send(kind, packet, count) {
  for (const lane of lanes[kind]) {
    for (let i = 0; i < count; i++) {
      packet[0] = 0x80;
      packet[1] = lane.payloadType;
      packet.writeUInt16BE(lane.sequenceNumber, 2);
      packet.writeUInt32BE(lane.ssrc, 8);
      lane.sequenceNumber = (lane.sequenceNumber + 1) & 0xffff;
      lane.track.sendMessageBinary(packet);
    }
  }
}

/** Calls `task` so many times a second, without drift. */
function every(perSecond, task) {
  const startedMs = performance.now();
  let n = 0;
  const next = () => {
    task();
    n++;
    setTimeout(next, Math.max(0, startedMs + (n * 1000) / perSecond - performance.now()));
  };
  next();
}

const picture = Buffer.alloc(1100);
const sound = Buffer.alloc(90);
every(30, () => send("video", picture, 8));
every(50, () => send("audio", sound, 1));
http.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ http: `http://127.0.0.1:${http.address().port}/` }));
});
process.on("SIGTERM", () => process.exit(0));
