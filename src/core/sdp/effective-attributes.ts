// What holds for a media section once the session's own attributes have been taken in (RFC 8866 5.13, RFC 8839 5.4).
import type { MediaDirection } from "./media-direction.js";
import type { MediaDescription, SessionDescription, TransportAttributes } from "./session-description.js";

/** The section's direction; the session's when it names none; `sendrecv` when nobody does (RFC 8866 6.7). */
export function effectiveDirection(session: SessionDescription, media: MediaDescription): MediaDirection {
  return media.direction ?? session.direction ?? "sendrecv";
}

/** ICE and DTLS parameters that hold for a section: its own, and the session's for those it does not name. */
export function effectiveTransport(session: SessionDescription, media: MediaDescription): TransportAttributes {
  const own = media.transport;
  const shared = session.transport;
  const iceUfrag = own.iceUfrag ?? shared.iceUfrag;
  const icePwd = own.icePwd ?? shared.icePwd;
  const setup = own.setup ?? shared.setup;
  return {
    ...(iceUfrag === undefined ? {} : { iceUfrag }),
    ...(icePwd === undefined ? {} : { icePwd }),
    iceOptions: own.iceOptions.length > 0 ? own.iceOptions : shared.iceOptions,
    fingerprints: own.fingerprints.length > 0 ? own.fingerprints : shared.fingerprints,
    ...(setup === undefined ? {} : { setup }),
  };
}

/** Whether a section was turned down: port 0 and not merely waiting for its bundle (RFC 9143 6). */
export function isRejected(media: MediaDescription): boolean {
  return media.port === 0 && !media.bundleOnly;
}
