// One gathering of candidates in a browser: a connection to nobody that only looks which addresses it would have.
import {
  type GatheredCandidate,
  type Gathering,
  type IceServerError,
  readCandidate,
} from "../../core/check/gathering.js";

/** What to gather, and until when. */
export type GatherOptions = {
  readonly servers: readonly RTCIceServer[];
  /** "relay" asks for relays only; "all" when left out. */
  readonly policy?: RTCIceTransportPolicy;
  /** Ends the gathering with what is there; aborting is no error. */
  readonly until: AbortSignal;
  /** What is awaited: the gathering is over when one such candidate is there. */
  readonly isEnough: (candidate: GatheredCandidate) => boolean;
};

/** Gathers, and closes. Throws what the browser throws for servers that it does not take. */
export async function gather({ servers, policy = "all", until, isEnough }: GatherOptions): Promise<Gathering> {
  const peer = new RTCPeerConnection({ iceServers: [...servers], iceTransportPolicy: policy });
  try {
    const watch = watchGathering(peer, isEnough);
    // Something to carry; without a section nothing is gathered.
    peer.createDataChannel("check");
    await peer.setLocalDescription();
    await firstOf(watch.done, until);
    return watch.seen();
  } finally {
    peer.close();
  }
}

/** Looks at the gathering of a connection. `done` resolves when it is complete, or when a candidate is enough. */
export function watchGathering(
  peer: RTCPeerConnection,
  isEnough: (candidate: GatheredCandidate) => boolean,
): { readonly done: Promise<void>; seen(): Gathering } {
  const candidates: GatheredCandidate[] = [];
  const errors: IceServerError[] = [];
  let isComplete = false;
  const done = new Promise<void>((resolve) => {
    peer.addEventListener("icecandidate", ({ candidate }) => {
      const read = readCandidate(candidate?.candidate ?? "");
      if (read !== undefined) {
        candidates.push(read);
        if (isEnough(read)) {
          resolve();
        }
      }
    });
    peer.addEventListener("icecandidateerror", ({ url, errorCode, errorText }) => {
      errors.push({ url, code: errorCode, text: errorText });
    });
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState === "complete") {
        isComplete = true;
        resolve();
      }
    });
  });
  return { done, seen: () => ({ candidates: [...candidates], errors: [...errors], isComplete }) };
}

/** Resolves when the work is done or the time is up; rejects when the work does. Leaves no listener behind. */
export function firstOf(work: Promise<unknown>, until: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve();
    if (until.aborted) {
      stop();
    }
    until.addEventListener("abort", stop, { once: true });
    work.then(() => resolve(), reject).finally(() => until.removeEventListener("abort", stop));
  });
}
