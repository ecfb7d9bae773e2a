// Who may use a TURN server: a port that answers with keys, and its two ready implementations. An unknown user gets a key too, so
// that the server works as long for it as for a wrong password.
import { encodeBase64 } from "../../bytes/base64.js";
import { encodeHex } from "../../bytes/hex.js";
import type { Entropy } from "../../crypto/entropy.js";
import { HmacKey } from "../../crypto/hmac.js";
import { SHA1 } from "../../crypto/sha1.js";
import type { Secret } from "../../diagnosis/secret.js";
import { PasswordAlgorithm } from "../../stun/stun-constants.js";
import { StunKey, userhash } from "../../stun/stun-key.js";
import type { WallMicros } from "../../time/units.js";

/** Who asks. */
export type CredentialQuery = {
  /** For a later answer. */
  readonly id: number;
  /** Undefined when the client told a hash of it only. */
  readonly username: string | undefined;
  /** 32 bytes, from clients that hide their name (RFC 8489 14.4). */
  readonly userhash: Uint8Array | undefined;
  readonly realm: string;
  readonly algorithm: PasswordAlgorithm;
};

/** What to check the request with. */
export type CredentialAnswer = {
  /** The keys that are good for this user: all are tried. For an unknown user as many that are not, and `isKnown` false. */
  readonly keys: readonly StunKey[];
  /** Keys that are never right and are tried all the same, so that every answer of one implementation costs the same. */
  readonly decoys?: readonly StunKey[];
  /** False refuses, whatever the keys say, after the same work. */
  readonly isKnown: boolean;
  /** Who it is, for quotas and logs. */
  readonly user: string;
};

/** The port. */
export interface TurnCredentials {
  /** Answers at once, or `"later"`: then give the answer to the server as `credentials` input within 5 s. Must not throw. */
  find(query: CredentialQuery): CredentialAnswer | "later";
}

/** A fixed list of users. */
export class StaticCredentials implements TurnCredentials {
  readonly #passwords: ReadonlyMap<string, Secret>;
  readonly #realm: string;
  readonly #keys = new Map<string, StunKey>();
  readonly #byHash = new Map<string, string>();
  readonly #decoy: StunKey;

  /** `realm` is the server's. Keys are made once, here. */
  constructor(
    passwords: ReadonlyMap<string, Secret>,
    { realm, entropy }: { readonly realm: string; readonly entropy: Entropy },
  ) {
    this.#passwords = passwords;
    this.#realm = realm;
    this.#decoy = randomKey(entropy);
    for (const [username, password] of passwords) {
      for (const algorithm of Object.values(PasswordAlgorithm)) {
        this.#keys.set(
          `${algorithm} ${username}`,
          warm(StunKey.longTerm(username, realm, password.reveal(), algorithm)),
        );
      }
      this.#byHash.set(encodeHex(userhash(username, realm)), username);
    }
  }

  find({ username, userhash: hash, realm, algorithm }: CredentialQuery): CredentialAnswer {
    const user = username ?? (hash === undefined ? undefined : this.#byHash.get(encodeHex(hash))) ?? "";
    const key = this.#keys.get(`${algorithm} ${user}`);
    const isKnown = key !== undefined && realm === this.#realm && this.#passwords.has(user);
    return { keys: [key ?? this.#decoy], isKnown, user };
  }
}

/**
 * Ephemeral credentials as in the "REST API for access to TURN services": the user name is `expiry[:user]` (seconds since 1970),
 * the password base64 of the HMAC-SHA1 of the name by a shared secret. Two secrets are live while one is being replaced.
 */
export class EphemeralCredentials implements TurnCredentials {
  readonly #secrets: readonly HmacKey[];
  readonly #wallUs: () => WallMicros;

  /** One or two secrets, the newest first; `wallUs` tells the wall time, by which names expire. */
  constructor(secrets: readonly Secret[], { wallUs }: { readonly wallUs: () => WallMicros }) {
    this.#secrets = secrets.map((secret) => new HmacKey(SHA1, utf8.encode(secret.reveal())));
    this.#wallUs = wallUs;
  }

  find({ username = "", realm, algorithm }: CredentialQuery): CredentialAnswer {
    // A name that is expired or none at all costs the same as a good one.
    const keys = this.#secrets.map((secret) =>
      StunKey.longTerm(username, realm, encodeBase64(secret.sign(utf8.encode(username))), algorithm),
    );
    const [, expiry, user] = /^([0-9]{1,12})(?::(.*))?$/s.exec(username) ?? [];
    const isKnown = expiry !== undefined && Number(expiry) * 1_000_000 > this.#wallUs();
    return { keys, isKnown, user: user ?? username };
  }
}

/** Makes a name and password that {@link EphemeralCredentials} with the same secret accepts until `expiresUs`. */
export function ephemeralCredentials(
  secret: Secret,
  { expiresUs, user = "" }: { readonly expiresUs: WallMicros; readonly user?: string },
): { readonly username: string; readonly credential: string } {
  const expiry = Math.floor(expiresUs / 1_000_000);
  const username = user === "" ? `${expiry}` : `${expiry}:${user}`;
  const hmac = new HmacKey(SHA1, utf8.encode(secret.reveal()));
  return { username, credential: encodeBase64(hmac.sign(utf8.encode(username))) };
}

/** Asks several in turn; the first that knows the user decides, and all do their work for everybody. */
export class CombinedCredentials implements TurnCredentials {
  readonly #parts: readonly TurnCredentials[];

  /** Those that answer later are not asked here: give such a one alone. */
  constructor(parts: readonly TurnCredentials[]) {
    this.#parts = parts;
  }

  find(query: CredentialQuery): CredentialAnswer {
    const answers = this.#parts.map((part) => part.find(query)).filter((answer) => answer !== "later");
    const known = answers.find(({ isKnown }) => isKnown);
    const others = answers.filter((answer) => answer !== known);
    return {
      keys: known?.keys ?? [],
      decoys: others.flatMap(({ keys }) => keys),
      isKnown: known !== undefined,
      user: (known ?? answers[0])?.user ?? "",
    };
  }
}

const utf8 = new TextEncoder();

function randomKey(entropy: Entropy): StunKey {
  const bytes = new Uint8Array(16);
  entropy.fill(bytes);
  return warm(new StunKey(bytes));
}

/** Hashes both pads now: the first request of a user must not take longer than that of nobody. */
function warm(key: StunKey): StunKey {
  void key.sha256;
  return key;
}
