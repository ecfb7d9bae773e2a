import { describe, expect, test } from "vitest";
import { withExternalCandidates } from "../../../src/core/webrtc/external-candidate.js";

const host = { candidate: "candidate:1 1 UDP 2114977791 172.17.0.2 50000 typ host", sdpMid: "0" };

describe("candidates of an address in front of this machine (RFC 8445 5.1.1)", () => {
  test("a host candidate is followed by one for each external address of its family, on the same port", () => {
    expect(withExternalCandidates(host, ["203.0.113.5", "2001:db8::1", "198.51.100.7"])).toEqual([
      host,
      { candidate: "candidate:1x0 1 UDP 2114977790 203.0.113.5 50000 typ host", sdpMid: "0" },
      { candidate: "candidate:1x1 1 UDP 2114977789 198.51.100.7 50000 typ host", sdpMid: "0" },
    ]);
    const v6 = { candidate: "candidate:2 1 UDP 2114978047 fd00::2 50000 typ host", sdpMid: "0" };
    expect(withExternalCandidates(v6, ["203.0.113.5", "2001:db8::1"]).map(({ candidate }) => candidate)).toEqual([
      v6.candidate,
      "candidate:2x0 1 UDP 2114978046 2001:db8::1 50000 typ host",
    ]);
  });

  test("what is no UDP host candidate stays alone: the end, a reflexive address, a relay, TCP", () => {
    for (const candidate of [
      "",
      "candidate:3 1 UDP 1678769919 203.0.113.9 50000 typ srflx raddr 172.17.0.2 rport 50000",
      "candidate:4 1 UDP 41885439 203.0.113.9 49152 typ relay raddr 203.0.113.9 rport 50000",
      "candidate:5 1 TCP 2105524479 172.17.0.2 9 typ host tcptype active",
    ]) {
      expect(withExternalCandidates({ candidate, sdpMid: "0" }, ["203.0.113.5"])).toEqual([{ candidate, sdpMid: "0" }]);
    }
  });

  test("an external address that is the machine's own is not told twice", () => {
    expect(withExternalCandidates(host, ["172.17.0.2"])).toEqual([host]);
  });
});
