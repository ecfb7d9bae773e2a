import fc from "fast-check";
import { expect, test } from "vitest";
import { recordingFileName, segmentOf } from "../../../src/node/record/recording-name.js";

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

test("a long name is not cut in the middle of a letter, and its bytes fit into a name of a file system", () => {
  const letters = name(`a${"\u{20000}".repeat(40)}`);
  expect(letters).toMatch(/^a[\p{L}]{31}-1700000000123\.mp4$/u);
  expect(Buffer.byteLength(`${name("\u4e00".repeat(80), 12_345)}.json.tmp`)).toBeLessThan(255);
});

test("a file is known as a segment of its recording, and others are not", () => {
  const id = "alice-1700000000123";
  expect([name("alice"), name("alice", 1), name("alice", 12_345)].map((file) => segmentOf(id, file))).toEqual([
    0, 1, 12_345,
  ]);
  for (const file of [
    "bob-1700000000123.mp4",
    `${id}.json`,
    `${id}.mp4.bak`,
    `${id}-1.mp4`,
    `${id}-1700000000124.mp4`,
    `${id}/../x.mp4`,
    id,
  ]) {
    expect(segmentOf(id, file)).toBeUndefined();
  }
});
