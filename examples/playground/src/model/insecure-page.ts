// Why a page on plain http beyond localhost gets no camera, and what to do about it.

/** One way out. `code` is what to type or to open; "" for nothing. */
export type WayOut = { readonly words: string; readonly code: string };

/** What keeps the camera away, in words, with the ways out. */
export type InsecureWords = { readonly title: string; readonly why: string; readonly ways: readonly WayOut[] };

/** The words for a page at `href`, on plain http beyond localhost. */
export function insecureWords(href: string): InsecureWords {
  const { origin, host, hostname, port, pathname } = new URL(href);
  const local = `http://localhost${port === "" ? "" : `:${port}`}${pathname}`;
  const localPort = port === "" ? "80" : port;
  return {
    title: "No camera on plain http.",
    why: `Browsers give a page the camera and the microphone over https, or on localhost. This one is ${origin}, which anybody on the way could read and change.`,
    ways: [
      { words: "On the server's own machine, open", code: local },
      {
        words: "From another machine, bring the server to its localhost, and open the page there:",
        code: `ssh -N -L ${localPort}:${hostname}:${localPort} ${hostname}`,
      },
      {
        words: "For everybody: put a proxy with a certificate in front of the server, and open",
        code: `https://${host.replace(/:\d+$/, "")}${pathname}`,
      },
    ],
  };
}
