// A peer as the server knows it: the record that welcome and presence frames are written from.
import { formatAddress } from "./address.js";
import { type JsonObject, mergeJson } from "./json.js";

/** The keys of a peer's record that only the server writes. */
const RESERVED_KEYS = ["id", "user", "name", "type", "online"] as const;

/** Who a peer is, for those who ask the server. */
export type PeerProfile = {
  /** The session's id. */
  readonly id: string;
  readonly user: string;
  /** What people call it; the user when it gave none. */
  readonly name: string;
  /** "Peer" for a client, "server" for a media server. */
  readonly type: string;
  /** Its own presence data (capabilities, mode, …), without the keys above. */
  readonly data: JsonObject;
};

/** One peer of a server, on a socket or inside the process. */
export class ServerPeer {
  readonly id: string;
  readonly user: string;
  readonly name: string;
  readonly type: string;
  /** `user|id`. */
  readonly address: string;
  /** The socket's number; undefined for a virtual peer. */
  readonly connection: number | undefined;
  /** The rooms it is in. Written by `RoomDirectory` only. */
  readonly rooms: Set<string> = new Set();
  #data: JsonObject;
  #onlineText: string | undefined;

  constructor(profile: PeerProfile, connection: number | undefined) {
    this.id = profile.id;
    this.user = profile.user;
    this.name = profile.name;
    this.type = profile.type;
    this.address = formatAddress(profile);
    this.connection = connection;
    this.#data = withoutReserved(profile.data);
  }

  /** Its own presence data, without the keys that only the server writes. */
  get data(): JsonObject {
    return this.#data;
  }

  /** Adds to its presence data, key by key. False, and nothing changes, when more than `maxLength` characters would result. */
  update(data: JsonObject, maxLength: number): boolean {
    const merged = mergeJson(this.#data, withoutReserved(data));
    if (JSON.stringify(merged).length > maxLength) {
      return false;
    }
    this.#data = merged;
    this.#onlineText = undefined;
    return true;
  }

  /** The record that other peers see: its own data under the server's word about who it is. */
  record({ online }: { readonly online: boolean }): JsonObject {
    return mergeJson(this.#data, {
      id: this.id,
      user: this.user,
      ...(this.name === "" ? {} : { name: this.name }),
      ...(this.type === "" ? {} : { type: this.type }),
      online,
    });
  }

  /** The frame that announces it, or takes leave of it. */
  presence({ online }: { readonly online: boolean }): JsonObject {
    return mergeJson({ type: "presence", from: this.address, data: this.record({ online }) });
  }

  /** The frame that announces it as text; written once for all who hear it, until its data changes. */
  get onlineText(): string {
    this.#onlineText ??= JSON.stringify(this.presence({ online: true }));
    return this.#onlineText;
  }

  /** A copy for those outside. */
  profile(): PeerProfile {
    return { id: this.id, user: this.user, name: this.name, type: this.type, data: this.#data };
  }
}

function withoutReserved(data: JsonObject): JsonObject {
  const own: { [key: string]: JsonObject[string] } = { ...data };
  for (const key of RESERVED_KEYS) {
    delete own[key];
  }
  return mergeJson(own);
}
