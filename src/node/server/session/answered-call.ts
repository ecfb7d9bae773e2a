// A call that we answer: the PeerSession machine decides, this performs it on a transport. What flows over the transport is its
// owner's business, who watches or who publishes.
import type { Logger } from "../../../core/diagnosis/logger.js";
import { FloeError } from "../../../core/error/floe-error.js";
import { MachineDriver } from "../../../core/net/machine-driver.js";
import { Signal } from "../../../core/signal/signal.js";
import type { Clock } from "../../../core/time/clock.js";
import { PeerSession } from "../../../core/webrtc/peer-session.js";
import type { PeerSessionInput, PeerSessionOptions, PeerSessionOutput } from "../../../core/webrtc/peer-session-io.js";
import {
  describeEnd,
  type EndCode,
  type EndReason,
  type PeerSessionState,
} from "../../../core/webrtc/peer-session-state.js";
import type { PeerTransport } from "../../../core/webrtc/peer-transport.js";
import type { Signaller, SignallingMessage } from "../../../core/webrtc/signaller.js";

/** Whose call it is: what to do at each step. */
export interface CallOwner {
  /** It rings. Resolves when it may be accepted; `signal` aborts when nobody waits any more. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Why it is refused, for the peer: `prepare` rejected. */
  refusal(error: unknown): string;
  /** The answer to an offer. Throws FloeError, whose words end the call, when there is none. */
  answer(offerSdp: string, transport: PeerTransport): string;
  /** Media of a section can be sent. */
  mediaOpened?(mid: string): void;
  /** The transport is about to be closed: last words may still go out. May be called more than once. */
  closing(): void;
  /** It is over; comes once, in words. */
  ended(reason: string): void;
}

/** What a call is made of. */
export type AnsweredCallOptions = {
  /** The other end, `user|id`. */
  readonly peer: string;
  readonly signaller: Signaller;
  readonly openTransport: (name: string) => PeerTransport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeouts?: PeerSessionOptions;
};

/** One call; it ends once and is thrown away then. */
export class AnsweredCall {
  readonly peer: string;
  readonly stateChanged: Signal<PeerSessionState> = new Signal();
  readonly #owner: CallOwner;
  readonly #options: AnsweredCallOptions;
  readonly #session: PeerSession;
  readonly #driver: MachineDriver<PeerSessionInput, PeerSessionOutput>;
  readonly #left = new AbortController();
  #transport: PeerTransport | undefined;
  #isOver = false;

  constructor(owner: CallOwner, options: AnsweredCallOptions) {
    this.peer = options.peer;
    this.#owner = owner;
    this.#options = options;
    this.#session = new PeerSession(options.timeouts);
    this.#driver = new MachineDriver(this.#session, options.clock, (output) => this.#perform(output));
  }

  get state(): PeerSessionState {
    return this.#session.state;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A call message of the peer. */
  receive(message: SignallingMessage): void {
    this.#driver.handle({ kind: "message", message });
  }

  /** Ends the call and tells the peer why; with `code` when something failed. */
  hangup(reason: string, code?: EndCode): void {
    this.#driver.handle({ kind: "hangup", reason, ...(code === undefined ? {} : { code }) });
  }

  /** Signalling has lost the peer, and the call ends for it. */
  peerGone(): void {
    this.#driver.handle({ kind: "peer-gone", peer: this.peer });
  }

  #perform(output: PeerSessionOutput): void {
    switch (output.kind) {
      case "send":
        this.#options.signaller.send(output.message);
        break;
      case "open-transport":
        this.#openTransport(output.connection);
        break;
      case "set-remote-description":
        this.#answer(output.connection, output.sdp);
        break;
      case "add-remote-candidate":
        this.#transport?.addRemoteCandidate(output.candidate);
        break;
      case "close-transport":
        this.#closeTransport();
        this.#driver.handle({ kind: "connection-state", connection: output.connection, state: "closed" });
        break;
      case "changed":
        this.#changed(output.state);
        break;
      default:
        output satisfies never;
    }
  }

  #changed(state: PeerSessionState): void {
    this.#options.logger.debug("session", { state: state.kind });
    if (state.kind === "incoming-init") {
      this.#prepare().catch((error: unknown) => this.#refuse(error));
    }
    this.stateChanged.emit(state);
    if (state.kind === "ended") {
      this.#finish(endInWords(state.reason));
    }
  }

  async #prepare(): Promise<void> {
    await this.#owner.prepare(this.#left.signal);
    if (!this.#isOver) {
      this.#driver.handle({ kind: "accept" });
    }
  }

  #refuse(error: unknown): void {
    if (!this.#isOver) {
      this.#options.logger.warn("a call was refused", { error });
      this.#driver.handle({ kind: "reject", reason: this.#owner.refusal(error) });
    }
  }

  #openTransport(connection: number): void {
    let transport: PeerTransport;
    try {
      transport = this.#options.openTransport(this.peer);
    } catch (error) {
      this.#fail(connection, error, "the server could not open a connection");
      return;
    }
    this.#transport = transport;
    const ifCurrent = <T>(listener: (value: T) => void): ((value: T) => void) => {
      return (value) => {
        if (this.#transport === transport) {
          listener(value);
        }
      };
    };
    transport.candidateGathered.on(
      ifCurrent((candidate) => this.#driver.handle({ kind: "local-candidate", connection, candidate })),
    );
    transport.pathFound.on(ifCurrent(() => this.#driver.handle({ kind: "path-found", connection })));
    transport.stateChanged.on(
      ifCurrent((state) => this.#driver.handle({ kind: "connection-state", connection, state })),
    );
    transport.mediaOpened.on(ifCurrent((mid) => this.#owner.mediaOpened?.(mid)));
    const { logger } = this.#options;
    transport.dataChannelOpened.on((channel) => {
      channel.messageReceived.on((message) => {
        logger.limited("control").debug("control message", { channel: channel.label, length: message.length });
      });
    });
  }

  #answer(connection: number, offerSdp: string): void {
    try {
      const transport = this.#transport;
      if (transport === undefined) {
        throw new FloeError("webrtc/closed", "the connection is closed");
      }
      const sdp = this.#owner.answer(offerSdp, transport);
      this.#driver.handle({ kind: "local-description", connection, sdp });
      this.#driver.handle({ kind: "remote-description-set", connection });
    } catch (error) {
      this.#fail(connection, error, "the server could not answer the offer");
    }
  }

  #fail(connection: number, error: unknown, what: string): void {
    if (!(error instanceof FloeError)) {
      this.#options.logger.error("negotiation failed", { error });
    }
    const detail = error instanceof FloeError ? error.toString() : what;
    this.#driver.handle({ kind: "negotiation-failed", connection, detail });
  }

  #closeTransport(): void {
    this.#owner.closing();
    this.#transport?.close();
    this.#transport = undefined;
  }

  #finish(reason: string): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    this.#left.abort();
    this.#closeTransport();
    this.#driver.close();
    this.#owner.ended(reason);
  }
}

/** An end as the server's log and events tell it: what we did is told by our own reason, not as "you hung up". */
function endInWords(reason: EndReason): string {
  const isOurs = reason.by === "local" && (reason.code === "hangup" || reason.code === "rejected");
  return isOurs ? reason.detail : describeEnd(reason);
}
