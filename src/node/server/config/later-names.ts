// Names that people know from the plan or from similar servers and that this version does not have yet. They are
// refused, or warned about in a file, by name: nothing is accepted and silently ignored.

/** Flags to come, without their dashes. */
export const laterFlags: ReadonlySet<string> = new Set(["tls-cert", "tls-key", "doctor"]);

/** Commands to come. */
export const laterCommands: ReadonlySet<string> = new Set([
  "doctor",
  "probe",
  "config",
  "detect",
  "devices",
  "publish",
  "play",
  "call",
  "room",
  "relay",
  "record",
  "replay",
  "plugin",
]);

const LATER_KEYS = [
  "tls",
  "media.passthroughVideo",
  "media.intelligence",
  "media.video.codec",
  "media.audio.codec",
  "webrtc.transport",
];

const LATER_ENV = /^FLOE_(?:TLS_|DOCTOR$)/;

/** Whether a configuration key, or the section that it lies in, is to come. */
export function isLaterKey(path: string): boolean {
  return LATER_KEYS.some((later) => path === later || path.startsWith(`${later}.`));
}

/** Whether an environment variable is to come. */
export function isLaterEnv(name: string): boolean {
  return LATER_ENV.test(name);
}
