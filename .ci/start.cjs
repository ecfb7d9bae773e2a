// `npm start`: installs when node_modules is missing or differs from the lock file, builds what is stale, then becomes
// the `floe` command in this same process, so that signals and exit codes are the command's own. Needs only Node and
// npm. Synchronous up to the hand-over: the command sets UV_THREADPOOL_SIZE, which counts only before the first use.
"use strict";

const path = require("node:path");
const { ensureBuilt } = require("./lib/build.cjs");
const { ensureInstalled } = require("./lib/install.cjs");

const root = path.resolve(__dirname, "..");
ensureInstalled(root);
ensureBuilt(root);

// npm runs scripts in the package's folder; a path in the arguments means the folder the user stands in.
if (process.env.npm_lifecycle_event === "start" && process.env.INIT_CWD) {
  process.chdir(process.env.INIT_CWD);
}
process.argv[1] = path.join(root, "dist/node/cli/floe.cjs");
require(process.argv[1]);
