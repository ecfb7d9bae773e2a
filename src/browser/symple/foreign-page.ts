// Pages of another origin than the server's.

/** A server refuses pages of other origins until it is told to let them in, and a browser does not tell why. "" for its own pages. */
export function foreignHint(url: string): string {
  const { host, origin } = self.location;
  return new URL(url, self.location.href).host === host
    ? ""
    : `A server on another address lets this page in when its auth.allowedOrigins names ${origin}.`;
}
