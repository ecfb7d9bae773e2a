import fc from "fast-check";
import { expect, test } from "vitest";
import { recordingFileName } from "../../../src/node/record/recording-name.js";

const name = (peer: string, segment = 0): string =>
  recordingFileName({ peer, startedMs: 1_700_000_000_123.4, segment, extension: "mp4" });

test("a recording is called by its peer and its start; later segments are numbered", () => {
  expect(name("alice")).toBe("alice-1700000000123.mp4");
  expect(name("alice", 1)).toBe("alice-1700000000123-0001.mp4");
});

test("nothing of a peer's name leads out of the folder", () => {
  expect(name("../../etc/passwd")).toBe("_etc_passwd-1700000000123.mp4");
  expect(name("..")).toBe("peer-1700000000123.mp4");
  expect(name("")).toBe("peer-1700000000123.mp4");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (peer) => {
      expect(name(peer)).toMatch(/^[\p{L}\p{N}_-]+\.mp4$/u);
      expect(name(peer).length).toBeLessThan(100);
    }),
  );
});
