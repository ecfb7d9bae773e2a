// TransportLibrary over werift: no native code, and slower for it.
import { X509Certificate } from "node:crypto";
import type { Logger } from "../../../core/diagnosis/logger.js";
import type { PeerTransport } from "../../../core/webrtc/peer-transport.js";
import type { TransportConfig, TransportLibrary } from "../transport-library.js";
import { usableServers } from "./ice-gathering.js";
import { loadWerift, type Werift } from "./load-werift.js";
import { type WeriftParts, WeriftPeer } from "./werift-peer.js";

let parts: Promise<WeriftParts> | undefined;

/** One use of werift. Nothing of it runs between connections. */
export class WeriftLibrary implements TransportLibrary {
  readonly name = "werift";
  readonly #parts: WeriftParts;

  private constructor(shared: WeriftParts) {
    this.#parts = shared;
  }

  /** Loads it, and makes the certificate of this process. Throws `webrtc/not-installed` when the optional package is absent. */
  static async acquire(): Promise<WeriftLibrary> {
    parts ??= loadWerift().then(makeParts);
    try {
      return new WeriftLibrary(await parts);
    } catch (error) {
      parts = undefined;
      throw error;
    }
  }

  unusedServers({ iceServers }: Pick<TransportConfig, "iceServers">): readonly string[] {
    const { stun, turn } = usableServers(iceServers);
    const used = new Set([...stun, ...turn.map(({ url }) => url)]);
    return iceServers.flatMap(({ urls }) => urls.filter((url) => !used.has(url)));
  }

  open(_name: string, config: TransportConfig, logger: Logger): PeerTransport {
    return new WeriftPeer(this.#parts, config, logger);
  }

  release(): void {}
}

async function makeParts(werift: Werift): Promise<WeriftParts> {
  const { SignatureAlgorithm, HashAlgorithm, NamedCurveAlgorithm } = werift;
  const certificate = await werift.CipherContext.createSelfSignedCertificateWithKey(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  );
  const { fingerprint256 } = new X509Certificate(certificate.certPem);
  return { werift, certificate, fingerprint: fingerprint256 };
}
