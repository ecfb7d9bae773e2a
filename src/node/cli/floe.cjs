#!/usr/bin/env node
// The `floe` command. Plain CommonJS, because libuv reads UV_THREADPOOL_SIZE at the pool's first use: inside an ES module
// it is too late. FFmpeg's blocking reads run in that pool, and four threads would starve each other.
"use strict";

if (process.env.UV_THREADPOOL_SIZE === undefined) {
  process.env.UV_THREADPOOL_SIZE = "16";
}

function fail(code, line) {
  process.stderr.write(`${line}\n`);
  process.exitCode = code;
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(4, `preflight/node-version: Node ${process.versions.node} is too old. Install Node 20.19 or newer.`);
} else {
  import("./main.js").then(
    (command) => command.runProcess(),
    (error) => fail(1, `runtime/not-built: the command cannot be loaded (${error.message}). Run npm run build.`),
  );
}
