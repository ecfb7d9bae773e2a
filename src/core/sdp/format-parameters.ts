// The value of an fmtp line as names and values: `level-asymmetry-allowed=1;packetization-mode=1` (RFC 8866 6.15,
// the media type registrations: RFC 6184 8.2.1, RFC 7587 7).

/** Parameters by lower-case name; one without "=" has the value "". The first of equal names wins. Never throws. */
export function parseFormatParameters(parameters: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const part of parameters.split(";")) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== "" && !values.has(name)) {
      values.set(name, equals < 0 ? "" : part.slice(equals + 1).trim());
    }
  }
  return values;
}
