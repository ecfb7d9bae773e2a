// The authentication hook of a Symple server, and the one that compares a shared token.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../core/diagnosis/secret.js";
import { FloeError } from "../../core/error/floe-error.js";
import type { AuthRequest, AuthVerdict } from "../../core/symple/server-io.js";

/** Who asks to come in, and from where. */
export type SympleAuthRequest = AuthRequest & {
  /** From the auth frame; else from the upgrade request's `?token=`, `Authorization: Bearer` or `X-Floe-Token`; else "". */
  readonly token: string;
  /** The other end of the socket, as Node prints it. */
  readonly remoteAddress: string;
  /** The page that opened the socket; "" for a program. */
  readonly origin: string;
};

/** Decides whether a client may come in. A throw or rejection refuses it. */
export type SympleAuthenticate = (request: SympleAuthRequest) => AuthVerdict | Promise<AuthVerdict>;

/** Takes in whoever knows the token, in a time that tells nothing about it. Throws FloeError for an empty secret. */
export function tokenAuthenticator(secret: Secret | string): SympleAuthenticate {
  const text = typeof secret === "string" ? secret : secret.reveal();
  if (text === "") {
    throw new FloeError("symple/empty-token", "An empty token would let everybody in", {
      fix: "Give a token, or leave the authentication out.",
    });
  }
  const expected = digest(text);
  return ({ token }) => ({ accepted: timingSafeEqual(digest(token), expected) });
}

/** Hashes have one length, which timingSafeEqual asks for, and hide that of the secret. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}
