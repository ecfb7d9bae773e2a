import { describe, expect, test } from "vitest";
import { PathSearch } from "../../../src/core/webrtc/path-search.js";

const line = (type: string, number = 1): string => `candidate:${number} 1 udp 1 192.0.2.1 5000 typ ${type}`;

function search(...iceUrls: string[]): PathSearch {
  const made = new PathSearch(iceUrls);
  made.begin();
  return made;
}

describe("a search that found no path", () => {
  test("tells what was tried on both sides, and which kind yielded nothing and why", () => {
    const one = search();
    one.here(line("host", 1));
    one.here(line("host", 2));
    one.there(line("host"));
    expect(one.failure).toEqual({
      code: "no-path",
      detail: "tried host (2), STUN (none: no STUN server), relay (none: no TURN server) here, and host (1) there",
    });
  });

  test("tells what the servers said, or that they did not answer", () => {
    const one = search("stun:a", "turn:b?transport=udp");
    one.here(line("host"));
    one.there(line("relay"));
    one.serverFailed("turn:b?transport=udp", "401 Unauthorized");
    expect(one.failure.detail).toBe(
      "tried host (1), STUN (none: 401 Unauthorized), relay (none: 401 Unauthorized) here, and relay (1) there",
    );
    one.begin();
    one.here(line("srflx"));
    one.there(line("host"));
    expect(one.failure.detail).toBe("tried host (none), STUN (1), relay (none: no answer) here, and host (1) there");
  });

  test("counts a candidate once, whether it trickled or came with its description", () => {
    const one = search();
    one.here(`v=0\r\na=${line("host")}\r\na=end-of-candidates\r\n`);
    one.here(line("host"));
    one.there(`v=0\na=${line("srflx")}\na=${line("relay", 2)}\n`);
    expect(one.failure.detail).toMatch(/host \(1\).* here, and STUN \(1\), relay \(1\) there$/);
  });

  test("says who offered no address at all", () => {
    const one = search();
    one.here(line("host"));
    one.there("");
    expect(one.failure).toEqual({ code: "no-candidates", detail: "the other side sent no address to reach it at" });
    one.begin();
    one.there(line("host"));
    expect(one.failure).toEqual({ code: "no-candidates", detail: "this side found no address of its own" });
  });

  test("has a bound for what a peer can fill", () => {
    const one = search();
    one.here(line("host"));
    for (let i = 0; i < 1000; i++) {
      one.there(line("host", i));
      one.serverFailed(`turn:${i}`, "x");
    }
    expect(one.failure.detail).toMatch(/and host \(128\) there$/);
  });
});

test("a path that was found leaves the encryption on it to fail", () => {
  const one = search();
  one.found();
  expect(one.failure).toEqual({ code: "dtls-failed", detail: "" });
  one.begin();
  expect(one.failure.code).toBe("no-candidates");
});
