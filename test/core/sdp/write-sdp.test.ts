// The SDP writer: parse(write(x)) = x for any description, and nothing that a value holds can forge a line.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import type { MediaDescription, SessionDescription } from "../../../src/core/sdp/session-description.js";
import { writeSdp } from "../../../src/core/sdp/write-sdp.js";

const word = fc.stringMatching(/^[A-Za-z0-9+._-]{1,12}$/);
const text = fc.stringMatching(/^[A-Za-z0-9;=][A-Za-z0-9 ;=:/,]{0,20}[a-z]$/);
const digits = fc.stringMatching(/^[0-9]{1,19}$/);
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const payloadType = fc.integer({ min: 0, max: 127 });
const direction = fc.constantFrom("sendrecv", "sendonly", "recvonly", "inactive") as fc.Arbitrary<"sendrecv">;
const hex = fc.stringMatching(/^[0-9A-F]{2}(:[0-9A-F]{2}){1,3}$/);
/** Names that no field of ours has. */
const attribute = fc.record({ name: word.map((name) => `x-${name}`), value: text }, { requiredKeys: ["name"] });
const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 3 });

const transport = fc.record(
  {
    iceUfrag: word,
    icePwd: word,
    iceOptions: few(word),
    fingerprints: few(fc.record({ algorithm: word.map((name) => name.toLowerCase()), value: hex })),
    setup: fc.constantFrom("active", "passive", "actpass", "holdconn") as fc.Arbitrary<"active">,
  },
  { requiredKeys: ["iceOptions", "fingerprints"] },
);

const media = fc.record(
  {
    kind: word,
    port: fc.integer({ min: 0, max: 65_535 }),
    portCount: fc.integer({ min: 1, max: 9 }),
    protocol: word,
    formats: fc.array(word, { minLength: 1, maxLength: 4 }),
    connection: text,
    lines: few(fc.record({ type: fc.constant("b"), value: text })),
    direction,
    transport,
    bundleOnly: fc.boolean(),
    rtcpMux: fc.boolean(),
    rtcpReducedSize: fc.boolean(),
    rtpMaps: few(
      fc.record(
        {
          payloadType,
          encodingName: word,
          clockRateHz: fc.integer({ min: 1, max: 192_000 }),
          channels: fc.integer({ min: 1, max: 8 }),
        },
        { requiredKeys: ["payloadType", "encodingName", "clockRateHz"] },
      ),
    ),
    formatParameters: few(fc.record({ format: word, parameters: fc.oneof(text, fc.constant("")) })),
    rtcpFeedback: few(fc.record({ format: word, feedback: fc.constantFrom("nack", "nack pli", "ccm fir") })),
    extensions: few(
      fc.record(
        { id: fc.integer({ min: 1, max: 255 }), direction, uri: word, parameters: word },
        { requiredKeys: ["id", "uri"] },
      ),
    ),
    msids: few(fc.record({ streamId: word, trackId: word }, { requiredKeys: ["streamId"] })),
    ssrcGroups: few(fc.record({ semantics: word, ssrcs: few(u32) })),
    ssrcAttributes: few(
      fc.record({ ssrc: u32, attribute: word, value: text }, { requiredKeys: ["ssrc", "attribute"] }),
    ),
    sctpPort: fc.integer({ min: 0, max: 65_535 }),
    maxMessageSize: fc.integer({ min: 0, max: 1 << 30 }),
    candidates: few(text.map((value) => `candidate:${value}`)),
    endOfCandidates: fc.boolean(),
    attributes: few(attribute),
  },
  {
    requiredKeys: [
      "kind",
      "port",
      "protocol",
      "formats",
      "lines",
      "transport",
      "bundleOnly",
      "rtcpMux",
      "rtcpReducedSize",
      "rtpMaps",
      "formatParameters",
      "rtcpFeedback",
      "extensions",
      "msids",
      "ssrcGroups",
      "ssrcAttributes",
      "candidates",
      "endOfCandidates",
      "attributes",
    ],
  },
);

const session: fc.Arbitrary<SessionDescription> = fc.record(
  {
    origin: fc.record({
      username: word,
      sessionId: digits,
      sessionVersion: digits,
      address: fc.constantFrom("IN IP4 127.0.0.1", "IN IP6 ::1"),
    }),
    name: fc.oneof(text, fc.constantFrom("-", "", " ")),
    connection: text,
    lines: fc.constantFrom([], [{ type: "t", value: "0 0" }]),
    groups: few(fc.record({ semantics: word, mids: few(word) })),
    direction,
    transport,
    attributes: few(attribute),
    media: few(media).map((sections) => sections.map((one, index): MediaDescription => ({ ...one, mid: `m${index}` }))),
  },
  { requiredKeys: ["origin", "name", "lines", "groups", "transport", "attributes", "media"] },
);

const EMPTY: SessionDescription = {
  origin: { username: "-", sessionId: "1", sessionVersion: "1", address: "IN IP4 127.0.0.1" },
  name: "-",
  lines: [],
  groups: [],
  transport: { iceOptions: [], fingerprints: [] },
  attributes: [],
  media: [],
};

describe("writing", () => {
  test("parse(write(x)) = x", () => {
    fc.assert(
      fc.property(session, (description) => {
        expect(parseSdp(writeSdp(description))).toEqual(description);
      }),
    );
  });

  test("the lines come in the order of the grammar (RFC 8866 9)", () => {
    const lines = ["k", "z", "t", "r", "t", "b", "p", "u", "i"].map((type) => ({ type, value: type }));
    const written = writeSdp({ ...EMPTY, lines, connection: "IN IP4 0.0.0.0", attributes: [{ name: "last" }] });
    expect(written.match(/^[a-z](?==)/gm)?.join("")).toBe("vosiupcbtrtzka");
  });

  test("every line ends with CRLF", () => {
    expect(writeSdp(EMPTY)).toBe("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n");
  });

  test.each(["\n", "\r", "\0"])("a value with %j cannot forge a line", (character) => {
    const forged = { ...EMPTY, name: `x${character}a=setup:active` };
    expect(() => writeSdp(forged)).toThrow(FloeError);
  });
});
