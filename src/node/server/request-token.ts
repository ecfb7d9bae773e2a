// The token of an HTTP request, compared in a time that tells nothing about it.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../core/diagnosis/secret.js";
import type { HttpRequest } from "../../core/http/http-message.js";

/** `Authorization: Bearer T`, `X-Floe-Token: T` or `?token=T`; "" when there is none. */
export function tokenOf(request: HttpRequest): string {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.header("authorization") ?? "")?.[1];
  return bearer ?? request.header("x-floe-token") ?? request.query.get("token") ?? "";
}

/** Whether a request may see what the token guards. Without a token everybody may. */
export function isAuthorized(request: HttpRequest, token: Secret): boolean {
  return token.isEmpty || timingSafeEqual(digest(tokenOf(request)), digest(token.reveal()));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
