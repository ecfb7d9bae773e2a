// A connection of a transport under test to a far end, on 127.0.0.1.
import { Logger } from "../../src/core/diagnosis/logger.js";
import { CandidateQueue } from "../../src/core/webrtc/candidate-queue.js";
import type { IceCandidate } from "../../src/core/webrtc/ice-candidate.js";
import type {
  PeerTransport,
  PeerTransportState,
  TransportParameters,
  TransportSection,
} from "../../src/core/webrtc/peer-transport.js";
import type { TransportConfig, TransportLibrary } from "../../src/node/webrtc/transport-library.js";
import type { FarEnd, OpenFarEnd } from "./far-end.js";

/** What everything is made with. */
export const CONFIG: TransportConfig = { iceServers: [], bindAddress: "127.0.0.1" };

/** The section of the far ends' offers. */
export const VIDEO: TransportSection = {
  mid: "video",
  kind: "video",
  sends: { ssrc: 4242, cname: "near" },
  payloadType: 102,
  encodingName: "H264",
  formatParameters: "profile-level-id=42e01f;packetization-mode=1",
};

/** Sound that an offer may have beside it. */
export const AUDIO: TransportSection = {
  mid: "audio",
  kind: "audio",
  payloadType: 111,
  encodingName: "opus",
  formatParameters: "",
};

/** How a connection is made otherwise than usual. */
export type ConnectOptions = {
  readonly sections?: readonly TransportSection[];
  readonly config?: Partial<TransportConfig>;
  /** Changes the offer on its way. */
  readonly offered?: (sdp: string) => string;
  /** Changes what the far end is told. */
  readonly answered?: (parameters: TransportParameters) => TransportParameters;
  /** The far end's candidates come before its offer. */
  readonly candidatesFirst?: boolean;
};

/** Both ends, and what the near one told. */
export type Connection = {
  readonly near: PeerTransport & { readonly refusedCandidates: number };
  readonly far: FarEnd;
  readonly parameters: TransportParameters;
  readonly told: (PeerTransportState | "path" | `open ${string}`)[];
  readonly candidates: IceCandidate[];
};

/** Starts connecting. */
export async function meet(
  library: TransportLibrary,
  openFar: OpenFarEnd,
  { sections = [VIDEO], config, offered, answered, candidatesFirst = false }: ConnectOptions = {},
): Promise<Connection> {
  const far = await openFar();
  const near = library.open("near", { ...CONFIG, ...config }, Logger.silent()) as Connection["near"];
  const told: Connection["told"] = [];
  const candidates: IceCandidate[] = [];
  near.pathFound.on(() => told.push("path"));
  near.stateChanged.on((state) => told.push(state));
  near.mediaOpened.on((mid) => told.push(`open ${mid}`));
  // Told once the answer is in: until then libdatachannel takes every certificate for a wrong one.
  const gathered = new CandidateQueue((candidate) => near.addRemoteCandidate(candidate));
  const first = new Promise<void>((resolve) => {
    far.candidate.on((candidate) => {
      gathered.push(candidate);
      resolve();
    });
  });
  const sdp = await far.offer();
  if (candidatesFirst) {
    await first;
    gathered.open();
  }
  const parameters = near.accept(offered?.(sdp) ?? sdp, sections);
  far.answer(answered?.(parameters) ?? parameters);
  gathered.open();
  near.candidateGathered.on((candidate) => {
    candidates.push(candidate);
    far.addCandidate(candidate);
  });
  return { near, far, parameters, told, candidates };
}

/** Resolves once the near end is in a state. */
export function reached(near: PeerTransport, ...states: readonly PeerTransportState[]): Promise<void> {
  return new Promise((resolve) => {
    const look = (state: PeerTransportState): void => {
      if (states.includes(state)) {
        resolve();
      }
    };
    near.stateChanged.on(look);
    look(near.state);
  });
}

/** Connects, and resolves when media can flow both ways. */
export async function connect(
  library: TransportLibrary,
  openFar: OpenFarEnd,
  options: ConnectOptions = {},
): Promise<Connection> {
  const connection = await meet(library, openFar, options);
  const { near, far, told } = connection;
  const sections = options.sections ?? [VIDEO];
  const opened = new Promise<void>((resolve) => {
    const look = (): void => {
      if (sections.every(({ mid }) => told.includes(`open ${mid}`))) {
        resolve();
      }
    };
    near.mediaOpened.on(look);
    look();
  });
  await Promise.all([opened, far.opened]);
  return connection;
}
