// The Host header of a server that only this machine can reach. A page of another site whose name was rebound to
// 127.0.0.1 is of "the same origin" for the browser; its Host gives it away.

/** Whether a `Host` header names this machine (RFC 9110 7.2). */
export function namesThisMachine(host: string | undefined): boolean {
  const match = /^(?:(localhost|127(?:\.\d{1,3}){3})|\[::1\])(?::\d{1,5})?$/i.exec(host ?? "");
  return match !== null;
}
