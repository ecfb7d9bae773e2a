// Peers of the kernel cases that only Node has, by the id of their case.
import { AllocatingPacketizer } from "../../../examples/playground/src/bench/cases/allocating-packetizer.js";
import { SCAN_INPUTS } from "../../../examples/playground/src/bench/cases/annexb-scan.js";
import {
  MAX_PAYLOAD_BYTES,
  makeAccessUnit,
  PACKETIZE_INPUTS,
  prepareAllocating,
} from "../../../examples/playground/src/bench/cases/h264-packetize.js";
import { digestNumber, digestText, EMPTY_DIGEST } from "../../../examples/playground/src/bench/digest.js";
import type { CasePeer, KernelCase } from "../../../examples/playground/src/bench/kernel-case.js";
import { rtpBatchPeers } from "./rtp-batch-peers.js";
import { stunPeers } from "./stun-peers.js";
import { voicePeers } from "./voice-peers.js";

/** The peers of one case. */
export function nodePeers({ kernel, id }: KernelCase): CasePeer[] {
  const title = id.slice(id.indexOf(", ") + 2);
  switch (kernel) {
    case "annexb-scan":
      return [indexOfPeer(SCAN_INPUTS[title])];
    case "h264-packetize":
      return bufferPeers(PACKETIZE_INPUTS[title]);
    case "rtp-parse":
      return rtpBatchPeers();
    case "stun-verify":
      return stunPeers;
    case "band-energies":
      return voicePeers;
    default:
      return [];
  }
}

/** The allocating packetizer with what Node has for it: pooled Buffers, and the search for start codes in C++. */
function bufferPeers(lengthBytes: number): CasePeer[] {
  const allocate = (bytes: number): Uint8Array => Buffer.allocUnsafe(bytes);
  const code = Buffer.of(0, 0, 1);
  const indexOf = (bytes: Uint8Array, from: number): number => {
    const at = (bytes as Buffer).indexOf(code, from);
    return at < 0 ? bytes.length : at;
  };
  const accessUnit = () => Buffer.from(makeAccessUnit(lengthBytes));
  return [
    {
      name: "JavaScript, Buffer.allocUnsafe for each packet",
      prepare: () => prepareAllocating(new AllocatingPacketizer(MAX_PAYLOAD_BYTES, allocate), accessUnit()),
    },
    {
      name: "Buffer.indexOf, Buffer.allocUnsafe for each packet",
      prepare: () => prepareAllocating(new AllocatingPacketizer(MAX_PAYLOAD_BYTES, allocate, indexOf), accessUnit()),
    },
  ];
}

/** The start codes by Buffer.indexOf, which is C++ inside of Node. */
function indexOfPeer(makeInput: () => Uint8Array): CasePeer {
  return {
    name: "Buffer.indexOf",
    prepare: () => {
      const input = Buffer.from(makeInput());
      const code = Buffer.of(0, 0, 1);
      const starts = new Uint32Array(4096);
      let count = 0;
      return {
        run: () => {
          count = 0;
          for (let at = input.indexOf(code); at >= 0; at = input.indexOf(code, at + 3)) {
            starts[count++] = at + 3;
          }
        },
        digest: () => {
          let state = digestNumber(count, EMPTY_DIGEST);
          for (let i = 0; i < count; i++) {
            let end = i + 1 < count ? starts[i + 1] - 3 : input.length;
            while (end > starts[i] && input[end - 1] === 0) {
              end--;
            }
            state = digestNumber(end - starts[i], digestNumber(starts[i], state));
          }
          return digestText(state);
        },
      };
    },
  };
}
