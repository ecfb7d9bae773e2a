// What is node-datachannel's alone; test/compliance has what every transport does.
import * as datachannel from "node-datachannel";
import { expect, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { NativeLibrary } from "../../../src/node/webrtc/native-library.js";

const CONFIG = { iceServers: [], bindAddress: "127.0.0.1" };

test("a codec without format parameters, such as G.711, is taken as it is", async () => {
  const library = await NativeLibrary.acquire(Logger.silent());
  const far = new datachannel.PeerConnection("far", { ...CONFIG, disableAutoNegotiation: true });
  const audio = new datachannel.Audio("audio", "RecvOnly");
  audio.addAudioCodec(0, "PCMU");
  const track = far.addTrack(audio);
  far.setLocalDescription("offer");
  const offer = far.localDescription()?.sdp ?? "";
  const peer = library.open("near", CONFIG, Logger.silent());
  const section = { mid: "audio", kind: "audio", ssrc: 5, cname: "floe", payloadType: 0 } as const;
  const parameters = peer.accept(offer, [{ ...section, encodingName: "PCMU", formatParameters: "" }]);
  expect(parameters.iceUfrag).not.toBe("");
  expect(peer.media("audio")).toBeDefined();
  peer.close();
  track.close();
  far.close();
  library.release();
});
