// Runs child processes for the check and test stages: in a process group of their own, so that a stage that hangs (or
// the browsers of a stage that was interrupted) can be ended as a whole.
import { spawn } from "node:child_process";

const running = new Set();

function endGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.on(signal, () => {
    for (const child of running) {
      endGroup(child, "SIGTERM");
    }
    process.exit(exitCode);
  });
}

/**
 * Runs a command and waits for it. Its output is inherited, or kept when `capture` is set.
 * Answers `{ status, output, isTimeout }`; status is null when the command was killed or could not start.
 */
export function runChild(command, args, { cwd, env = process.env, capture = false, deadlineMs }) {
  return new Promise((resolve) => {
    const stdio = capture ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"];
    const child = spawn(command, args, { cwd, env, stdio, detached: true });
    running.add(child);
    let output = "";
    let isTimeout = false;
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout?.setEncoding("utf8").on("data", collect);
    child.stderr?.setEncoding("utf8").on("data", collect);
    const deadline = setTimeout(() => {
      isTimeout = true;
      endGroup(child, "SIGKILL");
    }, deadlineMs);
    const finish = (status) => {
      clearTimeout(deadline);
      running.delete(child);
      resolve({ status, output, isTimeout });
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      finish(null);
    });
    child.on("close", (status) => {
      // A stage that ended must not leave a browser behind.
      endGroup(child, "SIGTERM");
      finish(status);
    });
  });
}
