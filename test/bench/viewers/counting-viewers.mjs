// Viewers that only count: node-datachannel receivers that watch a server and report like browsers do.
// Usage: node counting-viewers.mjs URL COUNT. Prints {"ready": true} when each has media, then on SIGUSR2 {"packets": n},
// the packets of all viewers so far. Ends on SIGTERM.
import datachannel from "node-datachannel";
import { NodeSympleClient } from "../../../dist/node/index.js";

const [url, count] = process.argv.slice(2);
const SERVER = "floe|floe-server";
const kept = [];
let packets = 0;
/** The library of this side checks the certificate of a peer that is quick before it knows what to expect (0.24.5, rare). */
const MAX_CALLS = 5;

async function watch(number, call = 1) {
  const client = new NodeSympleClient({ url, user: `counter-${number}` });
  await new Promise((resolve) => {
    client.changed.on(({ kind }) => kind === "online" && resolve());
    client.open();
  });
  const signaller = client.signaller();
  const accepted = new Promise((resolve) => {
    signaller.received.on((message) => message.kind === "control" && message.control === "accept" && resolve());
  });
  signaller.send({ kind: "control", peer: SERVER, control: "init" });
  await accepted;
  const connection = new datachannel.PeerConnection(`counter-${number}`, {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  const video = new datachannel.Video("0", "RecvOnly");
  video.addH264Codec(102, "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1");
  const audio = new datachannel.Audio("1", "RecvOnly");
  audio.addOpusCodec(111);
  const tracks = [connection.addTrack(video), connection.addTrack(audio)];
  kept.push(client, connection, ...tracks);
  const first = new Promise((resolve) => {
    for (const track of tracks) {
      let ssrc = 0;
      let highest = 0;
      track.onMessage((packet) => {
        if (packet[1] >= 192 && packet[1] <= 223) {
          return;
        }
        packets++;
        highest = packet.readUInt16BE(2);
        if (ssrc === 0) {
          ssrc = packet.readUInt32BE(8);
          setInterval(() => report(track, ssrc, highest), 1000);
          resolve(true);
        }
      });
    }
    signaller.received.on((message) => message.kind === "control" && message.control === "hangup" && resolve(false));
  });
  connection.onLocalDescription((sdp, type) => signaller.send({ kind: "description", peer: SERVER, type, sdp }));
  connection.onLocalCandidate((candidate, sdpMid) =>
    signaller.send({ kind: "candidate", peer: SERVER, candidate: { candidate: candidate.replace(/^a=/, ""), sdpMid } }),
  );
  const waiting = [];
  let isAnswered = false;
  signaller.received.on((message) => {
    if (message.kind === "description") {
      connection.setRemoteDescription(message.sdp, "answer");
      isAnswered = true;
      for (const add of waiting.splice(0)) {
        add();
      }
    } else if (message.kind === "candidate" && message.candidate.candidate !== "") {
      const add = () => connection.addRemoteCandidate(message.candidate.candidate, message.candidate.sdpMid ?? "0");
      if (isAnswered) {
        add();
      } else {
        waiting.push(add);
      }
    }
  });
  connection.setLocalDescription("offer");
  if (await first) {
    return;
  }
  client.close();
  if (call === MAX_CALLS) {
    throw new Error(`viewer ${number} was hung up on ${call} times`);
  }
  console.error(`viewer ${number} was hung up on and calls again`);
  await watch(number, call + 1);
}

/** A receiver report about one source: nothing was lost (RFC 3550 6.4.2). */
function report(track, ssrc, highest) {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32BE(0x81c90007, 0);
  bytes.writeUInt32BE(1, 4);
  bytes.writeUInt32BE(ssrc, 8);
  bytes.writeUInt32BE(highest, 16);
  if (track.isOpen()) {
    track.sendMessageBinary(bytes);
  }
}

process.on("SIGUSR2", () => console.log(JSON.stringify({ packets })));
process.on("SIGTERM", () => process.exit(0));
await Promise.all(Array.from({ length: Number(count) }, (_, number) => watch(number)));
console.log(JSON.stringify({ ready: true }));
