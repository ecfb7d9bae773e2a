// The transport skin against the library itself, both ends in this process.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import * as datachannel from "node-datachannel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { heldHandleCount } from "../../../src/node/webrtc/held-handles.js";
import {
  acquireDataChannelLibrary,
  type DataChannelLibrary,
  releaseDataChannelLibrary,
} from "../../../src/node/webrtc/load-node-datachannel.js";
import { NativePeer } from "../../../src/node/webrtc/native-peer.js";
import type { TransportConfig } from "../../../src/node/webrtc/transport-library.js";

const CONFIG = { iceServers: [], bindAddress: "127.0.0.1" };
const logger = Logger.silent();
let library: DataChannelLibrary;

beforeAll(async () => {
  library = await acquireDataChannelLibrary(logger);
});
afterAll(() => releaseDataChannelLibrary(library, logger));

/** The far end of a connection, and everything of it that must not be collected early. */
type FarEnd = {
  readonly connection: datachannel.PeerConnection;
  readonly track: datachannel.Track;
  readonly channel: datachannel.DataChannel;
};
const keptFarEnds: FarEnd[] = [];

function farEnd(): FarEnd {
  const connection = new datachannel.PeerConnection("far", { ...CONFIG, disableAutoNegotiation: true });
  const video = new datachannel.Video("video", "RecvOnly");
  video.addH264Codec(102, "profile-level-id=42e01f;packetization-mode=1");
  const end = { connection, track: connection.addTrack(video), channel: connection.createDataChannel("control") };
  keptFarEnds.push(end);
  return end;
}

/** Connects a NativePeer to a far end; `early` gives the far end's candidates before its offer. */
async function connect({ early = false, config = {} as Partial<TransportConfig> } = {}): Promise<{
  peer: NativePeer;
  far: FarEnd;
  mid: string;
  /** What the peer told about its addresses. */
  told: readonly string[];
}> {
  const far = farEnd();
  const peer = new NativePeer(library, "near", { ...CONFIG, ...config }, logger);
  const told: string[] = [];
  const opened = new Promise<string>((resolve) => {
    peer.mediaOpened.on(resolve);
  });
  // Each end opens in its own time, and may send only then.
  const farOpened = new Promise<void>((resolve) => far.track.onOpen(resolve));
  const offer = new Promise<string>((resolve) => {
    far.connection.onLocalDescription((sdp) => resolve(sdp));
  });
  far.connection.onLocalCandidate((candidate, sdpMid) => peer.addRemoteCandidate({ candidate, sdpMid }));
  const gathered = new Promise<void>((resolve) => {
    far.connection.onGatheringStateChange((state) => state === "complete" && resolve());
  });
  far.connection.setLocalDescription("offer");
  const sdp = await offer;
  if (early) {
    await gathered;
  }
  const parameters = peer.accept(sdp, [
    {
      mid: "video",
      kind: "video",
      sends: { ssrc: 4242, cname: "near" },
      payloadType: 102,
      encodingName: "H264",
      formatParameters: "profile-level-id=42e01f;packetization-mode=1",
    },
  ]);
  expect(parameters.fingerprint.algorithm).toBe("sha-256");
  far.connection.setRemoteDescription(answerFor(sdp, parameters), "answer");
  peer.candidateGathered.on(({ candidate, sdpMid }) => {
    told.push(candidate);
    if (candidate !== "") {
      far.connection.addRemoteCandidate(candidate, sdpMid ?? "video");
    }
  });
  await farOpened;
  return { peer, far, mid: await opened, told };
}

/** The least answer that the library takes: its own offer turned round. */
function answerFor(offer: string, { iceUfrag, icePwd, fingerprint }: ReturnType<NativePeer["accept"]>): string {
  return offer
    .replace(/a=ice-ufrag:.*/g, `a=ice-ufrag:${iceUfrag}`)
    .replace(/a=ice-pwd:.*/g, `a=ice-pwd:${icePwd}`)
    .replace(/a=fingerprint:.*/g, `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`)
    .replace(/a=setup:actpass/g, "a=setup:active")
    .replace(/a=recvonly/g, "a=sendonly\r\na=ssrc:4242 cname:near")
    .replace(/a=candidate:.*\r\n/g, "");
}

function rtp(sequenceNumber: number): Uint8Array {
  const packet = new Uint8Array(100);
  const view = new DataView(packet.buffer);
  view.setUint16(0, 0x8066);
  view.setUint16(2, sequenceNumber);
  view.setUint32(8, 4242);
  return packet;
}

test("packets go out as they are, also from shared memory, and RTCP comes in", async () => {
  const { peer, far, mid } = await connect();
  const media = peer.media(mid);
  const arrived: Buffer[] = [];
  const both = new Promise<void>((resolve) => {
    far.track.onMessage((packet) => {
      arrived.push(Buffer.from(packet));
      if (arrived.length === 2) {
        resolve();
      }
    });
  });
  const shared = new Uint8Array(new SharedArrayBuffer(256), 100, 100);
  shared.set(rtp(2));
  expect(media?.send(rtp(1))).toBe(true);
  expect(media?.send(shared)).toBe(true);
  await both;
  expect(arrived.map((packet) => packet.readUInt16BE(2))).toEqual([1, 2]);
  const feedback = new Promise<number>((resolve) => {
    media?.received.on((packet) => resolve(packet[1]));
  });
  const report = Buffer.from("81c90007000000010000109200000000000000000000000000000000000000", "hex");
  far.track.sendMessageBinary(Buffer.concat([report, Buffer.alloc(32 - report.length)]));
  expect(await feedback).toBe(201);
  peer.close();
  expect(media?.send(rtp(3))).toBe(false);
});

test("connections share one UDP port when there is one, and tell the address in front of it", async () => {
  const probe = createSocket("udp4").bind(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  const config = {
    udpPort: { min: port, max: port },
    externalIps: ["203.0.113.5"],
  };
  const both = [await connect({ config }), await connect({ config })];
  for (const { peer, told } of both) {
    await expect.poll(() => peer.state).toBe("connected");
    expect(told.some((candidate) => candidate.includes(` 127.0.0.1 ${port} typ host`))).toBe(true);
    expect(told.some((candidate) => candidate.includes(` 203.0.113.5 ${port} typ host`))).toBe(true);
    peer.close();
  }
});

test("candidates that come before the offer are kept for it", async () => {
  const { peer } = await connect({ early: true });
  expect(peer.refusedCandidates).toBe(0);
  peer.close();
});

test("a handler that throws does not end the process, and the next packet is told again", async () => {
  const { peer, far, mid } = await connect();
  let count = 0;
  const twice = new Promise<void>((resolve) => {
    peer.media(mid)?.received.on(() => {
      count++;
      if (count === 2) {
        resolve();
      }
      throw new Error("a handler threw");
    });
  });
  const report = Buffer.alloc(32);
  report.writeUInt32BE(0x81c90007);
  report.writeUInt32BE(4242, 8);
  far.track.sendMessageBinary(report);
  far.track.sendMessageBinary(report);
  await twice;
  peer.close();
});

test.each([
  "offer",
  "answer",
] as const)("a certificate that is not the one of the %s fails after ICE has found a path", async (which) => {
  const wrong = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AA").join(":")}`;
  const forge = (sdp: string, kind: typeof which): string =>
    kind === which ? sdp.replace(/a=fingerprint:.*/g, wrong) : sdp;
  const { connection } = farEnd();
  const peer = new NativePeer(library, "near", CONFIG, logger);
  const told: string[] = [];
  peer.pathFound.on(() => told.push("path"));
  const failed = new Promise<void>((resolve) => {
    peer.stateChanged.on((state) => {
      told.push(state);
      if (state === "failed") {
        resolve();
      }
    });
  });
  connection.onLocalCandidate((candidate, sdpMid) => peer.addRemoteCandidate({ candidate, sdpMid }));
  connection.setLocalDescription("offer");
  const sdp = connection.localDescription()?.sdp ?? "";
  const parameters = peer.accept(forge(sdp, "offer"), [
    {
      mid: "video",
      kind: "video",
      sends: { ssrc: 4242, cname: "near" },
      payloadType: 102,
      encodingName: "H264",
      formatParameters: "",
    },
  ]);
  connection.setRemoteDescription(forge(answerFor(sdp, parameters), "answer"), "answer");
  peer.candidateGathered.on(({ candidate, sdpMid }) => {
    if (candidate !== "") {
      connection.addRemoteCandidate(candidate, sdpMid ?? "video");
    }
  });
  await failed;
  expect(told.indexOf("path")).toBeGreaterThanOrEqual(0);
  expect(told.indexOf("path")).toBeLessThan(told.indexOf("failed"));
  expect(told).not.toContain("connected");
  peer.close();
  connection.close();
});

test("candidates by name are not looked up, and no peer has more than 64", async () => {
  const { peer } = await connect();
  peer.addRemoteCandidate({
    candidate: "candidate:1 1 udp 2122260223 somebody.example 5000 typ host",
    sdpMid: "video",
  });
  expect(peer.refusedCandidates).toBe(1);
  for (let i = 0; i < 100; i++) {
    peer.addRemoteCandidate({ candidate: `candidate:${i} 1 udp 1 127.0.0.1 ${6000 + i} typ host`, sdpMid: "video" });
  }
  expect(peer.refusedCandidates).toBeGreaterThan(1 + 100 - 64);
  peer.close();
});

test("a malformed SDES packet is heard by us and leaves the library at rest", async () => {
  const { peer, far, mid } = await connect();
  const heard = new Promise<number>((resolve) => {
    peer.media(mid)?.received.on((packet) => resolve(packet.length));
  });
  far.track.sendMessageBinary(Buffer.from("81ca00020000000101ff4142", "hex"));
  expect(await heard).toBe(12);
  peer.close();
});

test("an offer that is none is refused with a code", () => {
  const peer = new NativePeer(library, "near", CONFIG, logger);
  expect(() => peer.accept("not an offer", [])).toThrow(expect.objectContaining({ code: "webrtc/offer-refused" }));
  peer.close();
  peer.close();
});

test("connections that come and go leave no track and no channel behind", async () => {
  for (let i = 0; i < 10; i++) {
    const { peer, far } = await connect();
    peer.close();
    far.connection.close();
  }
  // The library tells of each end in its own time.
  await expect.poll(heldHandleCount, { timeout: 10_000 }).toBe(0);
});

test("a codec without format parameters, such as G.711, is taken as it is", () => {
  const far = new datachannel.PeerConnection("far", { ...CONFIG, disableAutoNegotiation: true });
  const audio = new datachannel.Audio("audio", "RecvOnly");
  audio.addAudioCodec(0, "PCMU");
  const track = far.addTrack(audio);
  far.setLocalDescription("offer");
  const offer = far.localDescription()?.sdp ?? "";
  const peer = new NativePeer(library, "near", CONFIG, logger);
  const section = { mid: "audio", kind: "audio", ssrc: 5, cname: "floe", payloadType: 0 } as const;
  const parameters = peer.accept(offer, [{ ...section, encodingName: "PCMU", formatParameters: "" }]);
  expect(parameters.iceUfrag).not.toBe("");
  expect(peer.media("audio")).toBeDefined();
  peer.close();
  track.close();
  far.close();
});
