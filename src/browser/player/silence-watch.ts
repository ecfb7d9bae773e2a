// A call that is connected and brings nothing: after a while without a single packet it is said so.
import type { Clock } from "../../core/time/clock.js";
import { seconds } from "../../core/time/units.js";
import type { PlayerSession } from "./viewing-ports.js";

/** Media comes within a second of the path; ten are for sources and networks that are slow. */
const PATIENCE_US = seconds(10);

/** Watches one call at a time, until its first picture or its end. */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #isExcused: () => boolean;
  readonly #silent: (session: PlayerSession) => void;
  #session: PlayerSession | undefined;
  #timer: Disposable | undefined;

  /** `isExcused`: nothing is expected now, because the source itself is away. `silent` is called once a call. */
  constructor({
    clock,
    isExcused,
    silent,
  }: {
    readonly clock: Clock;
    readonly isExcused: () => boolean;
    readonly silent: (session: PlayerSession) => void;
  }) {
    this.#clock = clock;
    this.#isExcused = isExcused;
    this.#silent = silent;
  }

  /** The call is connected and has shown nothing yet. Quiet for the one that is watched already. */
  begin(session: PlayerSession): void {
    if (session !== this.#session) {
      this.end();
      this.#session = session;
      this.#arm(session);
    }
  }

  /** There is a picture, or no call any more. */
  end(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#session = undefined;
  }

  #arm(session: PlayerSession): void {
    this.#timer = this.#clock.schedule(this.#clock.nowUs() + PATIENCE_US, () => void this.#look(session));
  }

  async #look(session: PlayerSession): Promise<void> {
    // A medium is there with its first packet; what comes and cannot be shown is another matter.
    const isSilent = await session.stats().then(
      ({ video, audio }) => video === undefined && audio === undefined,
      () => false,
    );
    if (this.#session !== session) {
      return;
    }
    if (isSilent && !this.#isExcused()) {
      this.end();
      this.#silent(session);
    } else if (isSilent) {
      this.#arm(session);
    }
  }
}
