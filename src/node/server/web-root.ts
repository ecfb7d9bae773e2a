// The folder that is served at /: looked at before anything listens, because a server without its page answers 404.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { FloeError } from "../../core/error/floe-error.js";
import { pageFolder } from "./package-facts.js";

/**
 * Throws when there is no page: FloeError `web-root/no-page` for a folder that somebody named, `page/not-built` for the
 * one that comes with Floe (`builtIn`).
 */
export async function requirePage(webRoot: string | undefined, builtIn: string = pageFolder): Promise<void> {
  if (await isFile(join(webRoot ?? builtIn, "index.html"))) {
    return;
  }
  if (webRoot === undefined) {
    throw new FloeError("page/not-built", "the page that comes with Floe is missing", { fix: "Run npm run build." });
  }
  const hasFolder = await stat(webRoot).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  throw new FloeError(
    "web-root/no-page",
    hasFolder ? `${webRoot} has no index.html` : `there is no folder ${webRoot}`,
    {
      fix: "Name the folder of a built page with --web-root, or leave it out for the page that comes with Floe.",
    },
  );
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}
