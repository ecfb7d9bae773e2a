// A user's project with the packed package in it: what `npm pack` makes, unpacked, beside the dependencies that an
// installation would bring. Works without a network.
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A finished process. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's project. */
export interface Consumer {
  readonly root: string;
  /** Paths in the tarball, without the leading "package/". */
  readonly files: readonly string[];
  /** Writes a file of the project. */
  write(file: string, text: string): void;
  /** Runs Node in the project. */
  node(...args: string[]): Finished;
  /** Runs a program in the project. */
  run(command: string, ...args: string[]): Finished;
  /** Starts a program in the project, in a process group of its own. */
  spawn(command: string, ...args: string[]): ChildProcessByStdio<null, Readable, null>;
  /** Runs a script of the repository's node_modules in the project. */
  tool(script: string, ...args: string[]): Finished;
  remove(): void;
}

function run(command: string, args: readonly string[], cwd: string): Finished {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error !== undefined) {
    throw error;
  }
  return { status, stdout, stderr };
}

function mustRun(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = run(command, args, cwd);
  if (status !== 0) {
    throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`);
  }
  return stdout;
}

/** Where a file of the repository is. */
export function repositoryPath(file: string): string {
  return join(repository, file);
}

/** Text of a file of the repository. */
export function readRepositoryFile(file: string): string {
  return readFileSync(join(repository, file), "utf8");
}

/** Links what `npm install floe` would install, and what a TypeScript project on Node has of its own. */
function linkDependencies(root: string): void {
  const { dependencies, optionalDependencies } = JSON.parse(readRepositoryFile("package.json")) as {
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
  };
  for (const name of [
    ...Object.keys(dependencies),
    ...Object.keys(optionalDependencies),
    "@types/node",
    "undici-types",
  ]) {
    const target = join(repository, "node_modules", name);
    if (existsSync(target)) {
      const link = join(root, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(target, link);
    }
  }
}

/** Links the command as an installation would. */
function linkCommand(root: string): void {
  const { bin } = JSON.parse(readRepositoryFile("package.json")) as { bin: { floe: string } };
  mkdirSync(join(root, "node_modules/.bin"));
  chmodSync(join(root, "node_modules/floe", bin.floe), 0o755);
  symlinkSync(join("../floe", bin.floe), join(root, "node_modules/.bin/floe"));
}

/** Builds what is stale, packs, and unpacks into a new project. */
export function installPackage(): Consumer {
  const root = mkdtempSync(join(tmpdir(), "floe-consumer-"));
  mustRun(process.execPath, [join(repository, ".ci/build.mjs")], repository);
  mustRun("npm", ["pack", "--silent", "--pack-destination", root], repository);
  const tarball = readdirSync(root).find((file) => file.endsWith(".tgz")) ?? "";
  const files = mustRun("tar", ["-tzf", tarball], root).split("\n").filter(Boolean);
  mkdirSync(join(root, "node_modules/floe"), { recursive: true });
  mustRun("tar", ["-xzf", tarball, "--strip-components=1", "-C", "node_modules/floe"], root);
  linkDependencies(root);
  linkCommand(root);
  writeFileSync(join(root, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }\n');
  return {
    root,
    files: files.map((file) => file.replace(/^package\//, "")),
    write(file, text) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    },
    node: (...args) => run(process.execPath, args, root),
    run: (command, ...args) => run(command, args, root),
    spawn: (command, ...args) =>
      spawn(command, args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "inherit"] }),
    tool: (script, ...args) => run(process.execPath, [join(repository, "node_modules", script), ...args], root),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
