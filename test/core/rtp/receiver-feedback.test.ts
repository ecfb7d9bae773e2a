import { expect, test } from "vitest";
import { ReceiverFeedback } from "../../../src/core/rtp/receiver-feedback.js";
import type { ReportBlock, RtcpMessage } from "../../../src/core/rtp/rtcp/rtcp-message.js";
import { parseRtcp } from "../../../src/core/rtp/rtcp/rtcp-parse.js";
import { ntpMiddle, toNtp } from "../../../src/core/time/ntp.js";
import { firBytes, nackBytes, pliBytes, reportBytes } from "../../sim/rtcp-bytes.js";

const OURS = 0xcafe;
const THEIRS = 0xbeef;

function rig() {
  const asked: { nacks: (readonly number[])[]; keyFrames: number } = { nacks: [], keyFrames: 0 };
  const feedback = new ReceiverFeedback(OURS, {
    nack: (numbers) => asked.nacks.push(numbers),
    keyFrame: () => void asked.keyFrames++,
  });
  /** Takes bytes as they come in; true when any message was about us. */
  const take = (bytes: Uint8Array, nowUs = 0): boolean =>
    parseRtcp(bytes)
      .map((message) => feedback.take(message, nowUs))
      .some((isOurs) => isOurs);
  return { asked, feedback, take };
}

const block = (fields: Partial<ReportBlock> = {}): ReportBlock => ({
  ssrc: OURS,
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequenceNumber: 0,
  interarrivalJitter: 0,
  lastSenderReport: 0,
  delaySinceLastSenderReport: 0,
  ...fields,
});

const receiverReport = (...reports: ReportBlock[]): RtcpMessage => ({ kind: "receiver-report", ssrc: 1, reports });
const estimate = (bitrateBps: number, ...ssrcs: number[]): RtcpMessage => ({
  kind: "receiver-estimate",
  senderSsrc: 1,
  bitrateBps,
  ssrcs,
});

test("nothing is known before the receiver has said anything", () => {
  const { feedback } = rig();
  expect(Object.values(feedback.facts).every((fact) => fact === undefined)).toBe(true);
});

test("a report tells loss as a share, jitter in ticks and when it came (RFC 3550 6.4.1)", () => {
  const { feedback } = rig();
  const report = receiverReport(
    block({ ssrc: THEIRS, fractionLost: 255 }),
    block({ fractionLost: 64, cumulativeLost: -3, interarrivalJitter: 450 }),
  );
  expect(feedback.take(report, 5000)).toBe(true);
  expect(feedback.facts).toMatchObject({
    fractionLost: 0.25,
    cumulativeLost: -3,
    interarrivalJitterTicks: 450,
    lastReportUs: 5000,
    roundTripUs: undefined,
  });
  expect(feedback.counters.reports).toBe(1);
});

test("a receiver that sends too reports in its sender reports", () => {
  const { feedback } = rig();
  const message: RtcpMessage = {
    kind: "sender-report",
    ssrc: 1,
    ntp: { seconds: 0, fraction: 0 },
    rtpTimestamp: 0,
    packetCount: 0,
    octetCount: 0,
    reports: [block({ fractionLost: 128 })],
  };
  expect(feedback.take(message, 0)).toBe(true);
  expect(feedback.facts.fractionLost).toBe(0.5);
});

test("the round trip is what passed since our report, less the receiver's delay (RFC 3550 6.4.1)", () => {
  const { feedback, take } = rig();
  const ntp = toNtp(1_800_000_000_000_000);
  feedback.senderReportSent(ntp, 1_000_000);
  take(reportBytes(OURS, { lastSenderReport: ntpMiddle(ntp), delay: 32_768 }), 1_540_000);
  expect(feedback.facts.roundTripUs).toBe(40_000);
});

test("a receiver that claims a longer delay than has passed gives a round trip of 0, not less", () => {
  const { feedback, take } = rig();
  const ntp = toNtp(1_800_000_000_000_000);
  feedback.senderReportSent(ntp, 0);
  take(reportBytes(OURS, { lastSenderReport: ntpMiddle(ntp), delay: 0xffffffff }), 1000);
  expect(feedback.facts.roundTripUs).toBe(0);
});

test("a report that names no report of ours leaves the last round trip as it was", () => {
  const { feedback, take } = rig();
  const ntp = toNtp(1_800_000_000_000_000);
  feedback.senderReportSent(ntp, 0);
  take(reportBytes(OURS, { lastSenderReport: ntpMiddle(ntp) }), 30_000);
  take(reportBytes(OURS, { lastSenderReport: 0 }), 900_000);
  take(reportBytes(OURS, { lastSenderReport: 0x12345678 }), 950_000);
  expect(feedback.facts).toMatchObject({ roundTripUs: 30_000, lastReportUs: 950_000 });
});

test("a report sent at the moment whose middle bits are 0 is not taken for none", () => {
  const { feedback, take } = rig();
  feedback.senderReportSent({ seconds: 0, fraction: 0 }, 0);
  take(reportBytes(OURS, { lastSenderReport: 0 }), 30_000);
  expect(feedback.facts.roundTripUs).toBeUndefined();
});

test("the last eight reports are remembered, older ones are forgotten", () => {
  const { feedback, take } = rig();
  const sent = Array.from({ length: 9 }, (_, i) => toNtp(1_800_000_000_000_000 + i * 1_000_000));
  sent.forEach((ntp, i) => {
    feedback.senderReportSent(ntp, i * 1_000_000);
  });
  take(reportBytes(OURS, { lastSenderReport: ntpMiddle(sent[0]) }), 9_000_000);
  expect(feedback.facts.roundTripUs).toBeUndefined();
  take(reportBytes(OURS, { lastSenderReport: ntpMiddle(sent[1]) }), 9_000_000);
  expect(feedback.facts.roundTripUs).toBe(8_000_000);
});

test("a NACK's numbers are asked for at once, in the order in which they came (RFC 4585 6.2.1)", () => {
  const { asked, feedback, take } = rig();
  expect(take(nackBytes(OURS, [65_535, 0, 7]))).toBe(true);
  expect(asked.nacks).toEqual([[65_535, 0, 7]]);
  expect(feedback.counters).toMatchObject({ nacks: 1, nackedPackets: 3 });
});

test("every PLI is a wish for a key frame (RFC 4585 6.3.1)", () => {
  const { asked, feedback, take } = rig();
  take(pliBytes(OURS));
  take(pliBytes(OURS));
  expect([asked.keyFrames, feedback.counters.pictureLosses]).toEqual([2, 2]);
});

test("a FIR with a new number is a wish, the same number again is the same wish (RFC 5104 4.3.1.2)", () => {
  const { asked, feedback, take } = rig();
  for (const sequence of [255, 255, 0, 0, 255]) {
    expect(take(firBytes(OURS, sequence))).toBe(true);
  }
  expect([asked.keyFrames, feedback.counters.fullIntraRequests]).toEqual([3, 3]);
});

test("a REMB that names us is kept, the newest counts", () => {
  const { feedback } = rig();
  expect(feedback.take(estimate(900_000, THEIRS, OURS), 0)).toBe(true);
  expect(feedback.take(estimate(600_000, OURS), 0)).toBe(true);
  expect(feedback.facts.estimateBps).toBe(600_000);
  expect(feedback.counters.estimates).toBe(2);
});

test("what is about another source passes by without a trace", () => {
  const { asked, feedback, take } = rig();
  const before = structuredClone({ facts: feedback.facts, counters: feedback.counters });
  for (const bytes of [nackBytes(THEIRS, [1]), pliBytes(THEIRS), firBytes(THEIRS, 1), reportBytes(THEIRS)]) {
    expect(take(bytes)).toBe(false);
  }
  const others: RtcpMessage[] = [
    estimate(1, THEIRS),
    receiverReport(),
    { kind: "goodbye", ssrcs: [OURS] },
    { kind: "source-description", chunks: [{ ssrc: OURS, cname: "x" }] },
    { kind: "other", type: 207, count: 0 },
  ];
  for (const message of others) {
    expect(feedback.take(message, 0)).toBe(false);
  }
  expect({ facts: feedback.facts, counters: feedback.counters }).toEqual(before);
  expect(asked).toEqual({ nacks: [], keyFrames: 0 });
});
