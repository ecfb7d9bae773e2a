// The one place that masks secrets in text: user info of URLs (RFC 3986 3.2.1), token-like query values, bearer tokens.
// Everything that prints text from outside goes through it: log lines, errors, status bodies, banners.

const MASK = "***";

// After "://": the authority up to its last "@". Each run ends at the next "/", so the whole text is scanned once.
const USER_INFO = /:\/\/[^\s/?#"'<>]*@/g;
// A password with a raw "/", "?" or "#" in it is no valid URL, but people type it: "user:pa/ss@host". What follows the
// first ":" is then no port, and everything up to the next "@" is taken for the password (bounded: no quadratic scans).
const BROKEN_USER_INFO = /:\/\/[^\s/?#"'<>@:[]*:(?!\d*(?:[/?#\s"'<>]|$))[^\s"'<>@]{0,256}@/g;
// The same, percent-encoded into the query of another URL.
const ENCODED_USER_INFO = /%3A%2F%2F(?:[^\s"'<>&%]|%(?!40|2F))*%40/gi;
const PARAMETER = /(?<=^|[?&#;\s,"'(])([\w.%-]{1,64})=([^&#;\s"'<>]+)/g;
const CREDENTIALS = /\b(Bearer|Basic|Digest)\s+[\w.~+/=-]{4,}/gi;

const SECRET_NAME =
  /token|secret|passw|passphrase|credential|signature|authorization|api[_-]?key|jwt|^(?:auth|key|pass|pwd|sig|ticket)$/i;

/** Whether a field, header or query parameter of this name usually carries a secret: `access_token`, `X-Api-Key`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * The text with every secret that URLs usually carry replaced by `***`: `rtsp://user:pw@cam/1` → `rtsp://***@cam/1`,
 * `/ws?token=abc` → `/ws?token=***`. Takes any text, with none, one or many URLs in it; the rest stays as it is.
 */
export function maskUrl(text: string): string {
  let masked = text;
  if (masked.includes("@")) {
    masked = masked.replace(USER_INFO, `://${MASK}@`).replace(BROKEN_USER_INFO, `://${MASK}@`);
  }
  if (masked.includes("%40")) {
    masked = masked.replace(ENCODED_USER_INFO, `%3A%2F%2F${MASK}%40`);
  }
  if (masked.includes("=")) {
    // A percent-encoded name may spell any word, so its value is not trusted either.
    masked = masked.replace(PARAMETER, (whole, name: string) =>
      isSecretName(name) || name.includes("%") ? `${name}=${MASK}` : whole,
    );
  }
  return masked.replace(CREDENTIALS, `$1 ${MASK}`);
}
