// The certificate of turns: read from its files, and which names it is for.
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { Secret } from "../../../core/diagnosis/secret.js";
import { FloeError } from "../../../core/error/floe-error.js";
import type { ServerConfig } from "../config/server-config.js";
import type { CertificateNames } from "./turn-urls.js";

/** A certificate and what it is for. */
export type TurnCertificate = { readonly cert: string; readonly key: Secret; readonly names: CertificateNames };

/** Reads both files; undefined when none are configured. Rejects with `turn/bad-certificate`. */
export async function readTurnCertificate({
  cert: certPath,
  key: keyPath,
}: ServerConfig["turn"]["tls"]): Promise<TurnCertificate | undefined> {
  if (certPath === undefined || keyPath === undefined) {
    return undefined;
  }
  const cert = await readPem(certPath, "turn.tls.cert");
  const key = new Secret(await readPem(keyPath, "turn.tls.key"));
  return { cert, key, names: namesOf(cert, certPath) };
}

async function readPem(path: string, key: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "reading it is not permitted" : code;
    throw new FloeError("turn/bad-certificate", `cannot read ${key} (${path}): ${why}`, {
      fix: "Name a PEM file that this user can read.",
      cause,
    });
  }
}

function namesOf(cert: string, path: string): CertificateNames {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(cert);
  } catch (cause) {
    throw new FloeError("turn/bad-certificate", `turn.tls.cert (${path}) holds no certificate`, {
      fix: "Name a PEM file that begins with the server's certificate, the chain behind it.",
      cause,
    });
  }
  return {
    covers: (host) => (isIP(host) === 0 ? parsed.checkHost(host) : parsed.checkIP(host)) !== undefined,
    firstName: /(?:^|, )DNS:([^*,\s]+)/.exec(parsed.subjectAltName ?? "")?.[1],
  };
}
