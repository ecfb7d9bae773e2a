// Symple v4 addresses: `user|id` names one session, `|id` or a bare id too, a bare name is a room.

/** One session of a user. */
export type Address = {
  /** The user's name; "" when only the id is known. */
  readonly user: string;
  /** The session's id, made by the server. */
  readonly id: string;
};

/** Where a message goes. */
export type Target =
  /** `to` is absent: everybody in the sender's rooms. */
  | { readonly kind: "everyone" }
  /** `user|id` or `|id`: that session. */
  | { readonly kind: "session"; readonly address: Address }
  /** No pipe: a session's bare id or, when there is none of that id, a room. */
  | { readonly kind: "name"; readonly name: string }
  /** A list of rooms. */
  | { readonly kind: "rooms"; readonly rooms: readonly string[] };

/** Longest user, room or id, in characters. */
export const MAX_NAME_LENGTH = 128;
/** Most rooms that one message may be addressed to. */
export const MAX_TARGET_ROOMS = 32;

/** Any text without a pipe, control characters or halves of surrogate pairs. */
const NAME = /^[^|\p{Cc}\p{Cs}]+$/u;

/** Whether `text` may name a user or a room: 1 to 128 characters, no pipe, no control characters. */
export function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text);
}

/** `user|id`, or `|id` when the user is unknown. */
export function formatAddress({ user, id }: Address): string {
  return `${user}|${id}`;
}

/** Reads `user|id` or `|id`. Undefined for anything else, a bare name included. */
export function parseAddress(text: string): Address | undefined {
  const pipe = text.indexOf("|");
  if (pipe < 0) {
    return undefined;
  }
  const user = text.slice(0, pipe);
  const id = text.slice(pipe + 1);
  return isName(id) && (user === "" || isName(user)) ? { user, id } : undefined;
}

/** Reads the `to` of a message. Undefined when it is none of the four forms. */
export function parseTarget(to: unknown): Target | undefined {
  if (to === undefined || to === null) {
    return { kind: "everyone" };
  }
  if (typeof to === "string") {
    const address = parseAddress(to);
    if (address !== undefined) {
      return { kind: "session", address };
    }
    return isName(to) ? { kind: "name", name: to } : undefined;
  }
  if (Array.isArray(to) && to.length <= MAX_TARGET_ROOMS) {
    const rooms = to.filter((room): room is string => typeof room === "string" && isName(room));
    return rooms.length === to.length ? { kind: "rooms", rooms } : undefined;
  }
  return undefined;
}
