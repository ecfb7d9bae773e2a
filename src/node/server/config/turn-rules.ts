// What ties the keys of the TURN server together.
import { FloeError } from "../../../core/error/floe-error.js";
import type { ServerConfig } from "./server-config.js";

/** Throws FloeError `config/turn-tls`, `config/turn-lifetime` or `config/turn-secret` for keys that do not go together. */
export function requireTurnRules({ turn }: Pick<ServerConfig, "turn">): void {
  const { tls, lifetimeSeconds, maxLifetimeSeconds, secret, previousSecret } = turn;
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [given, missing] = tls.key === undefined ? ["cert", "key"] : ["key", "cert"];
    throw new FloeError("config/turn-tls", `turn.tls.${given} is set and turn.tls.${missing} is not`, {
      fix: "Set both for turns:, or neither.",
    });
  }
  if (lifetimeSeconds > maxLifetimeSeconds) {
    throw new FloeError(
      "config/turn-lifetime",
      `turn.lifetimeSeconds (${lifetimeSeconds}) is more than turn.maxLifetimeSeconds (${maxLifetimeSeconds})`,
      { fix: "Raise the maximum, or lower the other." },
    );
  }
  if (secret.isEmpty && !previousSecret.isEmpty) {
    throw new FloeError("config/turn-secret", "turn.previousSecret is set and turn.secret is not", {
      fix: "Set turn.secret to the new secret; the previous one is only accepted beside it.",
    });
  }
}

/** Throws FloeError `config/turn-no-credentials` when nobody could ever use a TURN server that stands alone. */
export function requireTurnCredentials({ turn }: Pick<ServerConfig, "turn">): void {
  if (turn.secret.isEmpty && turn.users.length === 0) {
    throw new FloeError(
      "config/turn-no-credentials",
      "neither a secret nor a user is set, so nobody could use the relay",
      {
        fix: "Set FLOE_TURN_SECRET (time-limited credentials), or FLOE_TURN_USERS=NAME:PASSWORD.",
      },
    );
  }
}
