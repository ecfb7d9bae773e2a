// The kinds of values that only the TURN server has: its realm and its users.
import * as v from "valibot";
import { Secret } from "../../../core/diagnosis/secret.js";
import type { TurnUser, TurnUsersInput } from "./server-config.js";
import type { ValueKind } from "./value-kinds.js";

/** RFC 8489 14.9: fewer than 128 characters. */
const MAX_REALM_LENGTH = 127;
/** RFC 8489 14.3: fewer than 509 bytes; ours are ASCII. */
const MAX_USERNAME_LENGTH = 256;
/** Keys are made for each of them when the server starts. */
const MAX_USERS = 1000;

/** A realm: a quoted string without quotes, so that no client has to escape anything. */
export function realmText(): ValueKind<string> {
  const isRealm = (text: string): boolean =>
    text.length <= MAX_REALM_LENGTH && /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/.test(text);
  return {
    schema: v.pipe(v.string(), v.check(isRealm)),
    allowed: `1 to ${MAX_REALM_LENGTH} visible ASCII characters without quotes and backslashes`,
    text: "string",
  };
}

/** Users with passwords. Names without colons: what a colon begins is an ephemeral name's user. */
export function turnUsers(): ValueKind<TurnUsersInput, readonly TurnUser[]> {
  return {
    schema: v.pipe(
      v.custom<TurnUsersInput>((given) => toTurnUsers(given) !== undefined),
      v.transform((given) => toTurnUsers(given) ?? []),
    ),
    allowed: `NAME:PASSWORD with commas between them, or an object such as {"ada":"PASSWORD"}; visible ASCII, each name once, without colons and commas, at most ${MAX_USERS}`,
    text: "string",
    isSecret: true,
    shape: {
      anyOf: [
        { type: "string" },
        { type: "object", additionalProperties: { type: "string" } },
        {
          type: "array",
          maxItems: MAX_USERS,
          items: {
            type: "object",
            properties: { username: { type: "string" }, password: { type: "string" } },
            required: ["username", "password"],
            additionalProperties: false,
          },
        },
      ],
    },
  };
}

const passwordGiven = v.union([v.string(), v.instance(Secret)]);
const userList = v.array(v.strictObject({ username: v.string(), password: passwordGiven }));
const userObject = v.record(v.string(), passwordGiven);

function toTurnUsers(given: unknown): readonly TurnUser[] | undefined {
  const listed = typeof given === "string" ? fromText(given) : given;
  const list =
    !Array.isArray(listed) && v.is(userObject, listed)
      ? Object.entries(listed).map(([username, password]) => ({ username, password }))
      : listed;
  if (!v.is(userList, list) || list.length > MAX_USERS) {
    return undefined;
  }
  const users = list.map(({ username, password }) => ({
    username,
    password: typeof password === "string" ? new Secret(password) : password,
  }));
  const isUnique = new Set(users.map(({ username }) => username)).size === users.length;
  return isUnique && users.every(isUser) ? users : undefined;
}

/** What a variable holds: JSON, or NAME:PASSWORD pairs. */
function fromText(text: string): unknown {
  const trimmed = text.trim();
  if (/^[[{]/.test(trimmed)) {
    try {
      return JSON.parse(trimmed);
    } catch {
      return undefined;
    }
  }
  return trimmed === ""
    ? []
    : trimmed.split(",").map((pair) => {
        const [username = "", ...password] = pair.trim().split(":");
        return { username, password: password.join(":") };
      });
}

function isUser({ username, password }: TurnUser): boolean {
  return (
    username.length <= MAX_USERNAME_LENGTH &&
    /^[!-+\--9;-~]+$/.test(username) &&
    /^[!-~]{1,512}$/.test(password.reveal())
  );
}
