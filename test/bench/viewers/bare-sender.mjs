// The floor of the viewers bench: the same signalling and connections, and then nothing but a loop of sendMessageBinary
// over ready-made packets, as many and as long as the clip's, each picture's and each sound's at its time, to each viewer.
// Usage: node bare-sender.mjs FILE, JSON as clip-packets.ts describes it, 30 pictures and 50 pieces of sound a second.
// Prints {"http": …} when it listens; ends on SIGTERM.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import datachannel from "node-datachannel";
import * as core from "../../../dist/core/index.js";
import { SympleSocketServer } from "../../../dist/node/index.js";

const clip = JSON.parse(readFileSync(process.argv[2], "utf8"));
const http = createServer();
const symple = new SympleSocketServer({ httpServer: http });
const peer = symple.addVirtualPeer({ user: "floe", id: "floe-server" });
const signaller = core.sympleSignaller(peer);
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

peer.peerLeft.on((who) => {
  for (const kind of Object.keys(lanes)) {
    lanes[kind] = lanes[kind].filter(({ to }) => to !== who);
  }
  connections.get(who)?.close();
  connections.delete(who);
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
    track.onOpen(() => lanes[media].push({ to, track, ssrc, payloadType: codec.payloadType, sequenceNumber: 0 }));
  }
  connection.setRemoteDescription(offer, "offer");
  connection.setLocalDescription("answer");
  signaller.send({ kind: "description", peer: to, type: "answer", sdp: connection.localDescription().sdp });
  return connection;
}

function send(kind, packets) {
  for (const lane of lanes[kind]) {
    for (const packet of packets) {
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

/** Sends the clip's units of one kind in turn, for ever. */
function play(kind, perSecond) {
  const units = clip[kind].map((lengths) => lengths.map((length) => Buffer.alloc(length)));
  let n = 0;
  every(perSecond, () => send(kind, units[n++ % units.length]));
}

play("video", 30);
play("audio", 50);
http.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ http: `http://127.0.0.1:${http.address().port}/` }));
});
process.on("SIGTERM", () => process.exit(0));
