import { expect, test } from "vitest";
import { snapshotName, takeSnapshot } from "../../../src/browser/player/snapshot.js";
import { drawStamp, liveCanvas, makeCanvas } from "./stamped-canvas.js";

test("a snapshot is a PNG in the picture's own size", async () => {
  const canvas = makeCanvas(320, 180);
  using live = liveCanvas(canvas, (n) => drawStamp(canvas, Date.now(), n));
  const video = document.createElement("video");
  video.muted = true;
  video.width = 50;
  video.srcObject = live.stream;
  await video.play();
  const blob = await takeSnapshot(video);
  expect(blob.type).toBe("image/png");
  const bitmap = await createImageBitmap(blob);
  expect([bitmap.width, bitmap.height]).toEqual([320, 180]);
  video.srcObject = null;
});

test("without a picture there is none, in words", async () => {
  await expect(takeSnapshot(document.createElement("video"))).rejects.toMatchObject({ code: "player/no-picture" });
});

test("names sort by time", () => {
  expect(snapshotName(new Date(2026, 0, 2, 3, 4, 5))).toBe("floe-2026-01-02-03-04-05.png");
});
