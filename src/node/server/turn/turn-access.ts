// Who may use the server's relay: time-limited credentials (for pages, and for whoever shares the secret) and fixed users.
import { type Entropy, randomId } from "../../../core/crypto/entropy.js";
import { Secret } from "../../../core/diagnosis/secret.js";
import type { Clock } from "../../../core/time/clock.js";
import { seconds, type WallMicros } from "../../../core/time/units.js";
import {
  CombinedCredentials,
  EphemeralCredentials,
  ephemeralCredentials,
  StaticCredentials,
  type TurnCredentials,
} from "../../../core/turn/server/credentials.js";
import type { ServerConfig } from "../config/server-config.js";

/** 258 bits. */
const SECRET_LENGTH = 43;

/** What a page uses the relay with. */
export type IssuedCredentials = {
  readonly username: string;
  readonly credential: string;
  /** From then on they make no new allocation. */
  readonly expiresUs: WallMicros;
};

/** The keys of the relay. */
export class TurnAccess {
  /** What the server asks. */
  readonly credentials: TurnCredentials;
  readonly #secret: Secret;
  readonly #ttlSeconds: number;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  /** Without a configured secret one is made, which nobody else knows: then it takes what it issued itself, and users. */
  constructor(
    { secret, previousSecret, users, realm, credentialTtlSeconds }: ServerConfig["turn"],
    { clock, entropy }: { readonly clock: Clock; readonly entropy: Entropy },
  ) {
    this.#clock = clock;
    this.#entropy = entropy;
    this.#ttlSeconds = credentialTtlSeconds;
    this.#secret = secret.isEmpty ? new Secret(randomId(entropy, SECRET_LENGTH)) : secret;
    const secrets = [this.#secret, ...(previousSecret.isEmpty ? [] : [previousSecret])];
    const ephemeral = new EphemeralCredentials(secrets, { wallUs: () => clock.wallUs() });
    const passwords = new Map(users.map(({ username, password }) => [username, password]));
    this.credentials =
      users.length === 0
        ? ephemeral
        : new CombinedCredentials([ephemeral, new StaticCredentials(passwords, { realm, entropy })]);
  }

  /** Credentials for one page. Each is a user of its own, so that one viewer's quota is not another's. */
  issue(): IssuedCredentials {
    const expiresUs = this.#clock.wallUs() + seconds(this.#ttlSeconds);
    const user = `page-${randomId(this.#entropy, 12)}`;
    return { ...ephemeralCredentials(this.#secret, { expiresUs, user }), expiresUs };
  }
}
