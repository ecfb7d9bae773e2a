// Transport-wide feedback, read by another implementation's parser.

import { expect, test } from "vitest";
import { RtcpPacketConverter, RtcpTransportLayerFeedback, type TransportWideCC } from "werift";
import { TransportFeedback } from "../../../../src/core/rtp/receive/transport-feedback.js";
import { ReceiveWorld } from "../../../sim/receive-world.js";
import { SeededRandom } from "../../../sim/seeded-random.js";

type Told = { readonly sequence: number; readonly atMs: number };

function read(bytes: Uint8Array): { readonly base: number; readonly count: number; readonly came: Told[] } {
  const [packet] = RtcpPacketConverter.deSerialize(Buffer.from(bytes));
  expect(packet).toBeInstanceOf(RtcpTransportLayerFeedback);
  const feedback = (packet as RtcpTransportLayerFeedback).feedback as TransportWideCC;
  // Its own list of results leaves status vectors out; its chunks and deltas are all there.
  const came: Told[] = [];
  let atMs = feedback.referenceTime * 64;
  const symbols = feedback.packetChunks.flatMap((chunk) => ("symbolList" in chunk ? chunk.symbolList : []));
  for (const [i, symbol] of symbols.slice(0, feedback.packetStatusCount).entries()) {
    if (symbol !== 0) {
      atMs += (feedback.recvDeltas[came.length] as { delta: number }).delta / 1000;
      came.push({ sequence: (feedback.baseSequenceNumber + i) & 0xffff, atMs });
    }
  }
  expect(came.length).toBe(feedback.recvDeltas.length);
  return { base: feedback.baseSequenceNumber, count: feedback.packetStatusCount, came };
}

test("says of each number whether and when it came, to a quarter of a millisecond", () => {
  const feedback = new TransportFeedback();
  const arrivals = [
    [65_534, 1_000_000],
    [0, 1_000_600],
    [1, 1_099_000],
    [4, 1_099_100],
    [3, 1_099_400],
  ] as const;
  for (const [sequence, nowUs] of arrivals) {
    feedback.packet(sequence, nowUs);
  }
  expect([feedback.deadlineUs, feedback.take(1_099_999, 1, 2)]).toEqual([1_100_000, undefined]);
  const { base, count, came } = read(feedback.take(1_100_000, 1, 2) as Uint8Array);
  expect([base, count]).toEqual([65_534, 7]);
  expect(came.map(({ sequence }) => sequence)).toEqual([65_534, 0, 1, 3, 4]);
  const sorted = [...arrivals].sort(([a], [b]) => ((a + 10) & 0xffff) - ((b + 10) & 0xffff));
  for (const [i, { atMs }] of came.entries()) {
    expect(Math.abs(atMs - (sorted[i]?.[1] ?? 0) / 1000)).toBeLessThanOrEqual(0.13);
  }
  expect([feedback.take(1_100_000, 1, 2), feedback.deadlineUs]).toEqual([undefined, undefined]);
});

test("tells everything of noise exactly once, in messages of any length", () => {
  const random = new SeededRandom(4);
  const feedback = new TransportFeedback();
  const told: number[] = [];
  let sent = 0;
  let nowUs = 5_000_000;
  const came: number[] = [];
  for (let round = 0; round < 300; round++) {
    for (let burst = random.integer(200); burst > 0; burst--) {
      sent++;
      nowUs += random.integer(800);
      if (random.integer(10) !== 0) {
        feedback.packet(sent & 0xffff, nowUs);
        came.push(sent & 0xffff);
      }
    }
    nowUs += random.integer(12_000_000) * (random.integer(20) === 0 ? 1 : 0) + 1;
    for (;;) {
      const message = feedback.take(nowUs, 1, 2);
      if (message === undefined) {
        break;
      }
      expect(message.length % 4).toBe(0);
      told.push(...read(message).came.map(({ sequence }) => sequence));
    }
  }
  told.push(...read(feedback.take(nowUs + 1_000_000, 1, 2) ?? new Uint8Array()).came.map(({ sequence }) => sequence));
  expect(feedback.late).toBe(0);
  expect(told).toEqual(came);
});

test("a leap of numbers is not told about, copies and late ones are counted", () => {
  const feedback = new TransportFeedback();
  feedback.packet(1, 0);
  feedback.packet(1, 10);
  feedback.packet(30_000, 20);
  feedback.packet(2, 30);
  expect(feedback.late).toBe(2);
  expect(read(feedback.take(1_000_000, 1, 2) as Uint8Array)).toMatchObject({ base: 30_000, count: 1 });
});

test("an intake tells it for all streams of a transport, when it is switched on", async () => {
  const world = await ReceiveWorld.create({ transportFeedback: 5, source: { transport: { id: 5, next: 65_530 } } });
  world.frames(30, { reports: false });
  const messages = world.rtcp.filter((bytes) => bytes[1] === 205).map(read);
  expect(messages.length).toBeGreaterThanOrEqual(7);
  const told = messages.flatMap(({ came }) => came.map(({ sequence }) => sequence));
  expect(told).toEqual(told.map((_, i) => (65_530 + i) & 0xffff));
  expect(told.length).toBeGreaterThan(100);
});
