// A Node script in the foreground, with our terminal.
import { spawn } from "node:child_process";
import { constants } from "node:os";

/** Runs a script with this Node and inherited streams; resolves with its exit code, 128 + number when a signal ended it. */
export function runScript(path: string, argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...argv], { stdio: "inherit" });
    // The terminal sends Ctrl-C to both; the script decides what it means. SIGTERM reaches only us and is passed on.
    const ignore = (): void => {};
    const forward = (): void => {
      child.kill("SIGTERM");
    };
    process.on("SIGINT", ignore);
    process.on("SIGTERM", forward);
    const settle = (): void => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", forward);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      settle();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
