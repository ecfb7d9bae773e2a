// Peers of the kernel cases that only Node has, by the id of their case.
import { SCAN_INPUTS } from "../../../examples/playground/src/bench/cases/annexb-scan.js";
import { digestNumber, digestText, EMPTY_DIGEST } from "../../../examples/playground/src/bench/digest.js";
import type { CasePeer, KernelCase } from "../../../examples/playground/src/bench/kernel-case.js";

/** The peers of one case. */
export function nodePeers({ id }: KernelCase): CasePeer[] {
  const scanInput = Object.entries(SCAN_INPUTS).find(([name]) => id === `start codes, ${name}`);
  return scanInput === undefined ? [] : [indexOfPeer(scanInput[1])];
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
