// DTLS over a path (RFC 6347, RFC 5764): werift shakes hands; the proofs, the order of records and the end are looked after here.

import type { Fingerprint } from "../../../core/sdp/session-description.js";
import { Signal } from "../../../core/signal/signal.js";
import { AEAD_AES_128_GCM, AES128_CM_HMAC_SHA1_80 } from "../../srtp/srtp-profile.js";
import { SrtpSession } from "../../srtp/srtp-session.js";
import { dtlsFault } from "./dtls-proof.js";
import { DtlsRecords } from "./dtls-records.js";
import type { Werift } from "./load-werift.js";

type DtlsClient = InstanceType<Werift["DtlsClient"]>;
type DtlsServer = InstanceType<Werift["DtlsServer"]>;
type SocketOptions = ConstructorParameters<Werift["DtlsClient"]>[0];
/** A certificate with its key, as the library makes them. */
export type DtlsCertificate = Awaited<ReturnType<Werift["CipherContext"]["createSelfSignedCertificateWithKey"]>>;

const PROFILES = [AEAD_AES_128_GCM, AES128_CM_HMAC_SHA1_80];
const HANDSHAKE_TIMEOUT_MS = 30_000;
/** The library numbers records of data from 1 again after it has numbered its Finished: the same nonce under the same key. */
const FIRST_DATA_RECORD = 0x1_0000;
/** Above every flight of a handshake: the library stops to send again. */
const NO_FLIGHT = 255;
const CLOSE_NOTIFY = Buffer.from([1, 0]);
const ALERT = 21;

/** What an association is made of. */
export type DtlsOptions = {
  readonly certificate: DtlsCertificate;
  /** Of our side. */
  readonly role: "client" | "server";
  /** The peer's, of its description. */
  readonly fingerprints: readonly Fingerprint[];
  readonly send: (datagram: Uint8Array) => void;
};

/** One association. */
export class DtlsSession {
  /** The peer is who it says; with the keys for media, where both can. */
  readonly connected: Signal<SrtpSession | undefined> = new Signal();
  readonly failed: Signal<string> = new Signal();
  /** The peer has said that it leaves. */
  readonly ended: Signal = new Signal();
  /** Application data. */
  readonly received: Signal<Buffer> = new Signal();
  readonly #options: DtlsOptions;
  readonly #socket: DtlsClient | DtlsServer;
  readonly #records = new DtlsRecords();
  readonly #transport: { onData: (bytes: Buffer) => void };
  #deadline: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(werift: Werift, options: DtlsOptions) {
    this.#options = options;
    const { certPem: cert, keyPem: key, signatureHash } = options.certificate;
    const transport = {
      type: "path",
      address: {},
      closed: false,
      onData: (_bytes: Buffer) => {},
      send: (bytes: Buffer) => {
        if (!this.#isClosed) {
          options.send(bytes);
        }
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    const socketOptions = {
      cert,
      key,
      signatureHash,
      transport: transport as unknown as SocketOptions["transport"],
      srtpProfiles: PROFILES.map(({ id }) => id) as NonNullable<SocketOptions["srtpProfiles"]>,
      extendedMasterSecret: true,
      certificateRequest: true,
    };
    this.#transport = transport;
    this.#socket =
      options.role === "client" ? new werift.DtlsClient(socketOptions) : new werift.DtlsServer(socketOptions);
    this.#socket.onConnect.once(() => this.#shaken());
    this.#socket.onError.subscribe((error) => {
      if (!this.#records.hasKeys) {
        this.#fail(`the DTLS handshake failed: ${error?.message ?? error}`);
      }
    });
    this.#socket.onClose.subscribe(() => {
      if (!this.#isClosed && this.#records.hasKeys) {
        this.ended.emit();
      }
    });
    this.#socket.onData.subscribe((bytes) => this.received.emit(bytes));
  }

  /** Records that did not get to the library. */
  get dropped(): number {
    return this.#records.dropped;
  }

  /** Begins, once there is a path. */
  start(): void {
    this.#deadline = setTimeout(() => this.#fail("the DTLS handshake took longer than 30 s"), HANDSHAKE_TIMEOUT_MS);
    if ("connect" in this.#socket) {
      this.#socket.connect().catch((error: Error) => this.#fail(`the DTLS handshake failed: ${error.message}`));
    }
  }

  /** A datagram that is DTLS by its first byte. */
  receive(datagram: Buffer): void {
    for (const record of this.#records.accept(datagram)) {
      if (this.#isClosed) {
        return;
      }
      if (record === "alert") {
        this.#fail("the peer refused the DTLS handshake");
      } else {
        this.#transport.onData(record);
      }
    }
  }

  /** Sends application data, once connected. */
  send(bytes: Buffer): void {
    this.#socket.send(bytes).catch(() => {});
  }

  /** Says goodbye and ends. The library's last timer runs out by itself, half a second after a handshake. Twice is quiet. */
  close(): void {
    if (this.#isClosed) {
      return;
    }
    if (this.#records.hasKeys) {
      this.#options.send(this.#closeNotify());
    }
    this.#isClosed = true;
    this.#socket.dtls.flight = NO_FLIGHT;
    clearTimeout(this.#deadline);
  }

  #shaken(): void {
    if (this.#isClosed) {
      return;
    }
    clearTimeout(this.#deadline);
    this.#records.hasKeys = true;
    this.#socket.dtls.recordSequenceNumber = FIRST_DATA_RECORD;
    const { role, fingerprints } = this.#options;
    const fault = dtlsFault(this.#socket, role, fingerprints);
    if (fault === undefined) {
      this.connected.emit(this.#srtp());
    } else {
      this.#fail(`the peer is not who it says: ${fault}`);
    }
  }

  #srtp(): SrtpSession | undefined {
    const profile = PROFILES.find(({ id }) => id === this.#socket.srtp.srtpProfile);
    if (profile === undefined) {
      return undefined;
    }
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#socket.extractSessionKeys(
      profile.keyBytes,
      profile.saltBytes,
    );
    return new SrtpSession(profile, {
      local: { key: localKey, salt: localSalt },
      remote: { key: remoteKey, salt: remoteSalt },
    });
  }

  /** The library has no way to send one. */
  #closeNotify(): Buffer {
    const { cipher, dtls } = this.#socket;
    const { version: protocolVersion, epoch } = dtls;
    const sequenceNumber = ++dtls.recordSequenceNumber;
    const recordLayerHeader = { contentType: ALERT, protocolVersion, epoch, sequenceNumber, contentLen: 2 };
    const plain = { recordLayerHeader, fragment: CLOSE_NOTIFY };
    const { fragment } = cipher.encryptPacket(plain as unknown as Parameters<typeof cipher.encryptPacket>[0]);
    const header = Buffer.from([ALERT, protocolVersion.major, protocolVersion.minor, 0, epoch, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUIntBE(sequenceNumber, 5, 6);
    header.writeUInt16BE(fragment.length, 11);
    return Buffer.concat([header, fragment]);
  }

  #fail(why: string): void {
    if (!this.#isClosed) {
      this.close();
      this.failed.emit(why);
    }
  }
}
