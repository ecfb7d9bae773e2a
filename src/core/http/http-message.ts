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

/** A response whose body is in memory. */
export type HttpResponse = {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
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
