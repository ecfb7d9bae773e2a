// HTTP requests and responses as plain values (RFC 9110): what handlers see of any server under them.

/** A request without its body. */
export type HttpRequest = {
  /** Upper case. */
  readonly method: string;
  /** Percent-decoded once, without the query; starts with "/". */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  /** A header by its lower-case name; undefined when absent. */
  header(name: string): string | undefined;
};

/** A response whose body is in memory, or a file. */
export type HttpResponse = {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
  /** The body instead: it is streamed, and the server makes other answers of it where the request wants a part or knows it already. */
  readonly file?: HttpFile;
};

/** A file that is sent. */
export type HttpFile = {
  /** Where the server's machine has it. */
  readonly path: string;
  readonly contentType: string;
  /**
   * What its size and its time of change say of its content (RFC 9110 8.8.1): `strong`, it never changes again; `weak`, it is
   * the same for those who look at it; `none`, it grows.
   */
  readonly validator: "strong" | "weak" | "none";
};

/** A JSON response that nobody caches. */
export function jsonResponse(
  status: number,
  body: object,
  headers: { readonly [name: string]: string } = {},
): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
    body: `${JSON.stringify(body)}\n`,
  };
}
