// A far end of werift's own ICE, DTLS, SRTP and SCTP, without the peer connection that would send reports of its own.
import {
  RTCDataChannel,
  RTCDataChannelParameters,
  RTCDtlsFingerprint,
  RTCDtlsParameters,
  RTCDtlsTransport,
  RTCIceGatherer,
  RTCIceParameters,
  RTCIceTransport,
  RTCSctpTransport,
  RtpPacket,
  IceCandidate as WeriftCandidate,
} from "werift";
import { isRtcp } from "../../src/core/rtp/rtp-packet.js";
import { Signal } from "../../src/core/signal/signal.js";
import type { IceCandidate } from "../../src/core/webrtc/ice-candidate.js";
import type { TransportParameters } from "../../src/core/webrtc/peer-transport.js";
import type { FarEnd } from "./far-end.js";

/** One transport of each kind. */
export class WeriftFarEnd implements FarEnd {
  readonly candidate: Signal<IceCandidate> = new Signal();
  readonly received: Signal<Buffer> = new Signal();
  readonly messageReceived: Signal<string | Uint8Array> = new Signal();
  readonly opened: Promise<void>;
  readonly channelOpened: Promise<void>;
  readonly #ice: RTCIceTransport;
  readonly #dtls: RTCDtlsTransport;
  readonly #sctp = new RTCSctpTransport();
  readonly #channel: RTCDataChannel;
  #open: () => void = () => {};

  private constructor(dtls: RTCDtlsTransport, ice: RTCIceTransport) {
    this.#ice = ice;
    this.#dtls = dtls;
    this.#sctp.setDtlsTransport(dtls);
    this.#channel = new RTCDataChannel(this.#sctp, new RTCDataChannelParameters({ label: "control" }));
    this.#channel.onMessage.subscribe((message) => this.messageReceived.emit(message));
    this.channelOpened = this.#channel.stateChanged.watch((state) => state === "open").then(() => {});
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    ice.onIceCandidate.subscribe((candidate) => {
      if (candidate !== undefined) {
        this.candidate.emit({ candidate: `candidate:${candidate.toJSON().candidate.replace(/^candidate:/, "")}` });
      }
    });
    ice.connection.onData.subscribe((bytes) => {
      if (this.#dtls.srtp !== undefined && bytes[0] >= 128) {
        this.received.emit((isRtcp(bytes) ? this.#dtls.srtcp : this.#dtls.srtp).decrypt(bytes));
      }
    });
  }

  static async open(): Promise<FarEnd> {
    const gatherer = new RTCIceGatherer({
      useIpv4: false,
      useIpv6: false,
      additionalHostAddresses: ["127.0.0.1"],
      interfaceAddresses: { udp4: "127.0.0.1" },
    });
    delete gatherer.connection.stunServer;
    gatherer.connection.iceControlling = true;
    const ice = new RTCIceTransport(gatherer);
    await RTCDtlsTransport.SetupCertificate();
    return new WeriftFarEnd(new RTCDtlsTransport({}, ice, undefined, [7, 1]), ice);
  }

  offer(): Promise<string> {
    const { usernameFragment, password } = this.#ice.localParameters;
    const [{ algorithm, value }] = this.#dtls.localParameters.fingerprints;
    const transport = [
      "c=IN IP4 0.0.0.0",
      `a=ice-ufrag:${usernameFragment}`,
      `a=ice-pwd:${password}`,
      `a=fingerprint:${algorithm} ${value}`,
      "a=setup:actpass",
    ];
    void this.#ice.gather();
    const sdp = [
      "v=0",
      "o=- 1 1 IN IP4 127.0.0.1",
      "s=-",
      "t=0 0",
      "a=group:BUNDLE video data",
      "m=video 9 UDP/TLS/RTP/SAVPF 102",
      ...transport,
      "a=mid:video",
      "a=sendrecv",
      "a=rtcp-mux",
      "a=rtpmap:102 H264/90000",
      "a=fmtp:102 profile-level-id=42e01f;packetization-mode=1",
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
      ...transport,
      "a=mid:data",
      "a=sctp-port:5000",
      "a=max-message-size:262144",
      "",
    ];
    return Promise.resolve(sdp.join("\r\n"));
  }

  answer({ iceUfrag, icePwd, fingerprint, setup }: TransportParameters): void {
    this.#ice.setRemoteParams(new RTCIceParameters({ usernameFragment: iceUfrag, password: icePwd }));
    this.#dtls.role = setup === "active" ? "server" : "client";
    this.#dtls.setRemoteParams(
      new RTCDtlsParameters([new RTCDtlsFingerprint(fingerprint.algorithm, fingerprint.value)], this.#dtls.role),
    );
    this.#connect().catch(() => {}); // Told by `opened`, which does not settle then.
  }

  addCandidate({ candidate }: IceCandidate): void {
    if (candidate !== "") {
      void this.#ice.addRemoteCandidate(WeriftCandidate.fromJSON({ candidate }));
    }
  }

  send(packet: Buffer): void {
    if (isRtcp(packet)) {
      void this.#ice.connection.send(this.#dtls.srtcp.encrypt(packet));
    } else {
      const { header } = RtpPacket.deSerialize(packet);
      // With its padding, which the library's own payload is without.
      void this.#ice.connection.send(this.#dtls.srtp.encrypt(packet.subarray(header.payloadOffset), header));
    }
  }

  sendMessage(message: string | Uint8Array): void {
    this.#channel.send(typeof message === "string" ? message : Buffer.from(message));
  }

  vanish(): void {
    void this.#ice.connection.close();
  }

  async close(): Promise<void> {
    await this.#sctp.stop();
    await this.#dtls.stop();
  }

  async #connect(): Promise<void> {
    await this.#ice.start();
    await this.#dtls.start();
    this.#open();
    await this.#sctp.start(5000);
  }
}
