// A disk that is soon full: as root a small tmpfs; for others a limit on the size of this process's files, which the system
// answers in the same way.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../av/rig.js";

/** A folder in which no file gets beyond `sizeBytes`. Throws, and does not skip, where neither way is open. */
export function smallDisk(sizeBytes: number): string {
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  if (process.getuid?.() !== 0 || !mountMemory(folder, sizeBytes)) {
    limitFiles(sizeBytes);
  }
  return folder;
}

/** False where the system allows no mounts, not even to root (a container). */
function mountMemory(folder: string, sizeBytes: number): boolean {
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", folder]);
  if (status === 0) {
    onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  }
  return status === 0;
}

function limitFiles(sizeBytes: number): void {
  const limits = ["--pid", String(process.pid)];
  const before = execFileSync("prlimit", [...limits, "--fsize", "--noheadings", "--raw", "--output", "SOFT"]);
  // Without a listener the signal ends the process; with one the write fails (EFBIG).
  const ignore = (): void => {};
  process.on("SIGXFSZ", ignore);
  execFileSync("prlimit", [...limits, `--fsize=${sizeBytes}:`]);
  onTestFinished(() => {
    execFileSync("prlimit", [...limits, `--fsize=${String(before).trim()}:`]);
    process.off("SIGXFSZ", ignore);
  });
}
