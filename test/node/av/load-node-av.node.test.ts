import { expect, test } from "vitest";
import { loadNodeAv, requireNodeAv } from "../../../src/node/av/load-node-av.js";

test("FFmpeg is asked for before it is used, its absence has a fix, and it may be installed later", async () => {
  expect(() => requireNodeAv()).toThrow(expect.objectContaining({ code: "av/not-loaded" }));
  const absent = loadNodeAv(() => Promise.reject(new Error("Cannot find package 'node-av'")));
  await expect(absent).rejects.toMatchObject({
    code: "av/not-installed",
    fix: expect.stringContaining("npm install node-av"),
  });
  const av = await loadNodeAv();
  expect(requireNodeAv()).toBe(av);
  expect(await loadNodeAv()).toBe(av);
  expect(av.Log.getLevel()).toBe(av.AV_LOG_FATAL);
});
