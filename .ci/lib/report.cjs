// What the house's scripts print: one line a step, with its time, on standard error so that the standard output of
// `npm start -- --json` stays JSON lines.
"use strict";

const isPlain = Boolean(process.env.NO_COLOR) || !process.stderr.isTTY;

/** Wraps `text` in an ANSI colour unless the output is not a terminal or NO_COLOR is set. */
function paint(code, text) {
  return isPlain ? text : `\u001b[${code}m${text}\u001b[0m`;
}

/** Prints one line to standard error. */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Seconds since `startedMs` (of Date.now) as text. */
function since(startedMs) {
  return `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
}

/** Ends the process with a line in the product's form: `code: what happened. How to fix it.` */
function fail(code, what, exitCode = 1) {
  say(`${paint(31, `${code}:`)} ${what}`);
  process.exit(exitCode);
}

module.exports = { fail, paint, say, since };
