// A refusal of the server's API, in words.

/** A refusal, or no answer at all. `message` is for people; `code` is the server's, "" when it gave none. */
export class ApiFault extends Error {
  readonly code: string;
  readonly status: number;

  constructor(message: string, { code = "", status = 0 }: { readonly code?: string; readonly status?: number } = {}) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A refusal in words: the server's own when it gave some. */
export function refusal(status: number, body: unknown): ApiFault {
  const told = (name: string): string => {
    const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
    return typeof value === "string" ? value : "";
  };
  const code = told("error");
  const message = told("message");
  if (status === 401) {
    return new ApiFault("The server refused the token.", { code, status });
  }
  if (message !== "") {
    const sentence = `${message[0].toUpperCase()}${message.slice(1)}${/[.!?…]$/.test(message) ? "" : "."}`;
    return new ApiFault(sentence, { code, status });
  }
  return new ApiFault(`The server answered with HTTP ${status}${code === "" ? "" : ` (${code})`}.`, { code, status });
}
