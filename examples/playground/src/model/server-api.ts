// Asking the API of the server that served this page.
import { ApiFault, refusal } from "./api-fault.js";

/** What to ask, and as whom. */
export type ApiQuestion = {
  /** "" for none. */
  readonly token: string;
  readonly method?: "GET" | "POST" | "DELETE";
};

/** The JSON of an answer, undefined for an empty one. Rejects with ApiFault. */
export async function askApi(path: string, { token, method = "GET" }: ApiQuestion): Promise<unknown> {
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(apiUrl(path), { method, headers });
  } catch {
    throw new ApiFault("The server cannot be reached.");
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    throw refusal(response.status, body);
  }
  return body;
}

/** The address for what carries no headers: a media element, a download. */
export function mediaUrl(path: string, query: Readonly<Record<string, string>>): string {
  const url = apiUrl(path);
  for (const [name, value] of Object.entries(query)) {
    url.searchParams.set(name, value);
  }
  return url.href;
}

/** The server may be below a path. */
function apiUrl(path: string): URL {
  return new URL(`api/${path}`, document.baseURI);
}
