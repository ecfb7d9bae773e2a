// What a TURN server answers: signed where the request was, few and small where it was not.

import { SecurityFeatures } from "../../stun/nonce-cookie.js";
import type { ReplyGuard } from "../../stun/reply-guard.js";
import { PasswordAlgorithm, StunAttribute, StunClass } from "../../stun/stun-constants.js";
import { StunWriter } from "../../stun/stun-writer.js";
import type { Micros } from "../../time/units.js";
import type { ClientPath } from "./client-path.js";
import type { Nonces } from "./nonces.js";
import type { TurnServerCounters } from "./server-counters.js";
import type { TurnServerOutput } from "./server-io.js";
import type { TurnRequest } from "./turn-request.js";

/** The algorithms on offer, the better one first. */
export const OFFERED_ALGORITHMS: readonly number[] = [PasswordAlgorithm.sha256, PasswordAlgorithm.md5];
/** What the nonces of a full challenge tell. */
export const OFFERED_FEATURES: number = SecurityFeatures.passwordAlgorithms | SecurityFeatures.usernameAnonymity;

/** What it needs of the server. */
export type RepliesOptions = {
  readonly push: (output: TurnServerOutput) => void;
  readonly guard: ReplyGuard;
  readonly nonces: Nonces;
  readonly counters: TurnServerCounters;
  readonly realm: string;
  readonly software: string;
};

/** Writes answers and puts them out. */
export class Replies {
  readonly #options: RepliesOptions;
  readonly #writer = new StunWriter(new Uint8Array(4096));

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /** A success; `fill` writes its attributes. Gives the bytes. */
  success(request: TurnRequest, fill: (writer: StunWriter) => void = () => {}): Uint8Array {
    const writer = this.#writer.start(StunClass.success, request.method, request.transactionId);
    fill(writer);
    const bytes = this.#finish(request);
    this.send(request.path, bytes);
    return bytes;
  }

  /** An error to somebody who has proven who they are. */
  error(request: TurnRequest, code: number, fill: (writer: StunWriter) => void = () => {}): void {
    const writer = this.#writer.start(StunClass.error, request.method, request.transactionId).errorCode(code);
    fill(writer);
    this.#count(code);
    this.send(request.path, this.#finish(request));
  }

  /** An error to a stranger: no reason text on datagrams, and only within the guard's bounds. */
  refuse(request: TurnRequest, code: number, nowUs: Micros, unknown: readonly number[] = []): void {
    const writer = this.#writer.start(StunClass.error, request.method, request.transactionId);
    writer.errorCode(code, request.path.isStream ? undefined : "");
    if (unknown.length > 0) {
      writer.unknownAttributes(unknown);
    }
    this.#toStranger(request, code, nowUs);
  }

  /**
   * 401 or 438 with realm and nonce. On a stream, or to who offers algorithms, the nonce has its cookie and our algorithms are
   * told; a bare request is 28 bytes, so its challenge is the shortest there is.
   */
  challenge(request: TurnRequest, code: 401 | 438, nowUs: Micros, { isFull }: { readonly isFull: boolean }): void {
    const { nonces, realm } = this.#options;
    const { remote, isStream } = request.path;
    const tellsAll = isFull || isStream;
    const nonce = nonces.make(remote, nowUs, tellsAll ? OFFERED_FEATURES : undefined);
    const writer = this.#writer.start(StunClass.error, request.method, request.transactionId);
    writer
      .errorCode(code, isStream ? undefined : "")
      .text(StunAttribute.realm, realm)
      .text(StunAttribute.nonce, nonce);
    if (tellsAll) {
      writer.passwordAlgorithms(StunAttribute.passwordAlgorithms, OFFERED_ALGORITHMS);
    }
    this.#toStranger(request, code, nowUs);
  }

  /** Bytes that are ready, to a stranger, within the guard's bounds. */
  sendGuarded(path: ClientPath, bytes: Uint8Array, nowUs: Micros): boolean {
    if (!this.#options.guard.admits(path.remote, path.isStream ? 0 : bytes.length, nowUs)) {
      this.#options.counters.limitedReplies++;
      return false;
    }
    this.send(path, bytes);
    return true;
  }

  /** Bytes of our own to a client. */
  send({ socket, isStream, remote }: ClientPath, bytes: Uint8Array): void {
    this.#options.push({ kind: "send", socket, to: isStream ? undefined : remote, bytes });
  }

  #toStranger(request: TurnRequest, code: number, nowUs: Micros): void {
    const bytes = (request.hasFingerprint ? this.#writer.fingerprint() : this.#writer).finishCopy();
    if (this.sendGuarded(request.path, bytes, nowUs)) {
      this.#count(code);
    }
  }

  #finish({ auth, hasFingerprint }: TurnRequest): Uint8Array {
    const writer = this.#writer;
    if (this.#options.software !== "") {
      writer.text(StunAttribute.software, this.#options.software);
    }
    if (auth?.integrity === "sha256") {
      writer.integritySha256(auth.key);
    } else if (auth !== undefined) {
      writer.integrity(auth.key);
    }
    return (hasFingerprint ? writer.fingerprint() : writer).finishCopy();
  }

  #count(code: number): void {
    const { errors } = this.#options.counters;
    errors[code] = (errors[code] ?? 0) + 1;
  }
}
