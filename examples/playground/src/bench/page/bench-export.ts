// What was measured, as a file.
import { kernelCases } from "../kernel-cases.js";
import { KERNEL_DIGESTS } from "../kernel-digests.js";
import type { Contender } from "../run-case.js";
import { speedOf } from "../units.js";
import { measured, THOROUGHNESS, thoroughness } from "./bench-run.js";

/** Everything that was measured and what is known of where. */
export function exportedRun() {
  const cases = kernelCases.flatMap((each) => {
    const contenders = measured.value.get(each.id);
    return contenders === undefined ? [] : [exportedCase(each, contenders)];
  });
  return {
    page: "floe kernel benchmark",
    date: new Date().toISOString(),
    userAgent: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    isCrossOriginIsolated: crossOriginIsolated,
    ...THOROUGHNESS[thoroughness.value],
    cases,
  };
}

function exportedCase(each: (typeof kernelCases)[number], contenders: readonly Contender[]) {
  const [ours] = contenders;
  return {
    id: each.id,
    kernel: each.kernel,
    committedDigest: KERNEL_DIGESTS[each.id],
    contenders: contenders.map(({ name, callNs, digest }) => ({
      name,
      ...speedOf(each, callNs),
      /** How many times as fast the kernel is. */
      ratio: callNs / ours.callNs,
      digest: digest ?? null,
    })),
  };
}

/** Hands the file to the browser's downloads. */
export function saveRun(): void {
  const url = URL.createObjectURL(
    new Blob([`${JSON.stringify(exportedRun(), null, 2)}\n`], { type: "application/json" }),
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = "floe-kernels.json";
  link.click();
  // The download has its own hold on the data by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
