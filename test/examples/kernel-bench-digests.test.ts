// The cases of the kernel bench come to the committed digests in every runtime: Node, an isolated page and a plain page,
// plain and shared memory, kernel and twin, and whichever peer does the same work.
import { describe, expect, test } from "vitest";
import { createSide, digestOf } from "../../examples/playground/src/bench/kernel-case.js";
import { kernelCases } from "../../examples/playground/src/bench/kernel-cases.js";
import { KERNEL_DIGESTS } from "../../examples/playground/src/bench/kernel-digests.js";
import { MEMORY_KINDS } from "../core/kernel/memories.js";

test("every case has a name of its own and one digest", () => {
  const ids = kernelCases.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(KERNEL_DIGESTS).sort()).toEqual(ids.sort());
});

describe.each(kernelCases.map((each) => [each.id, each] as const))("%s", (id, each) => {
  for (const { name, shared } of MEMORY_KINDS) {
    test.each(["kernel", "twin"])(`the %s on ${name} memory puts out the committed bytes`, async (kind) => {
      expect(await digestOf(each, { shared, twin: kind === "twin" })).toBe(KERNEL_DIGESTS[id]);
    });
  }
  for (const peer of each.peers ?? []) {
    test(`${peer.name} agrees where it does the same work`, async () => {
      const { run, digest } = peer.prepare(await createSide(each, { shared: false, twin: false }));
      run();
      expect(digest?.() ?? KERNEL_DIGESTS[id]).toBe(KERNEL_DIGESTS[id]);
    });
  }
});
