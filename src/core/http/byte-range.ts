// The part of a body that is asked for (RFC 9110 14.1.2, 14.2): one range of bytes. Several at once are answered with everything.

/** What to send: everything, a part, or nothing because the part lies behind the end. */
export type ByteRange =
  | { readonly kind: "whole" }
  /** Both ends included. */
  | { readonly kind: "part"; readonly first: number; readonly last: number }
  | { readonly kind: "unsatisfiable" };

/** Reads a `Range` header for a body of `sizeBytes`. What is no single range of bytes is as if it were not there. */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange {
  const parts = /^ *bytes *= *(\d{0,15}) *- *(\d{0,15}) *$/i.exec(header ?? "");
  if (parts === null) {
    return { kind: "whole" };
  }
  const [, from, to] = parts;
  if (from === "") {
    return to === "" ? { kind: "whole" } : suffix(Number(to), sizeBytes);
  }
  const first = Number(from);
  const last = to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (to !== "" && Number(to) < first) {
    return { kind: "whole" };
  }
  return first >= sizeBytes ? { kind: "unsatisfiable" } : { kind: "part", first, last };
}

/** The last so many bytes. */
function suffix(lengthBytes: number, sizeBytes: number): ByteRange {
  return lengthBytes === 0 || sizeBytes === 0
    ? { kind: "unsatisfiable" }
    : { kind: "part", first: Math.max(0, sizeBytes - lengthBytes), last: sizeBytes - 1 };
}
