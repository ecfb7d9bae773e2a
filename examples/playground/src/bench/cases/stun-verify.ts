// Kernel stun-verify: one signed Binding request, as an ICE agent or a TURN server checks each before it believes it.
import { StunKey, StunVerifier } from "floe";
import { digestNumber, digestText, EMPTY_DIGEST } from "../digest.js";
import { MIB } from "../inputs.js";
import type { KernelCase } from "../kernel-case.js";

/** The request of RFC 5769 2.1: 108 bytes with FINGERPRINT and MESSAGE-INTEGRITY. */
export const STUN_REQUEST: Uint8Array = Uint8Array.from(
  (
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff" +
    "80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2" +
    "80280004e57a3bcf"
  ).match(/../g) ?? [],
  (digits) => Number.parseInt(digits, 16),
);
/** Its short-term password. */
export const STUN_PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt";

/** What a message comes to whose structure, fingerprint and integrity are right. */
export function verdictDigest(verdict: number): string {
  return digestText(digestNumber(verdict, EMPTY_DIGEST));
}

/** The cases of kernel stun-verify. */
export const stunVerifyCases: readonly KernelCase[] = [
  {
    kernel: "stun-verify",
    id: `STUN verify, ${STUN_REQUEST.length} B`,
    measures: "Checks a message's structure, FINGERPRINT (CRC-32) and MESSAGE-INTEGRITY (HMAC-SHA1, cached key).",
    per: "packet",
    perCall: 1,
    arenaBytes: MIB,
    prepare: ({ arena, kernels }) => {
      const verifier = new StunVerifier({ kernels, arena });
      const input = arena.reserve("bench message", STUN_REQUEST.length);
      arena.bytesOf(input).set(STUN_REQUEST);
      const key = StunKey.shortTerm(STUN_PASSWORD);
      let verdict = 0;
      return {
        run: () => {
          verdict = verifier.verify(input.address, STUN_REQUEST.length, key);
        },
        digest: () => verdictDigest(verdict),
      };
    },
  },
];
