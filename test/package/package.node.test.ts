// The package as a user gets it: what is in the tarball, that every door opens in plain Node, that a strict TypeScript
// project and a Vite page build against it, and that nobody pays for what they do not use.
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { installPackage, readRepositoryFile, repositoryPath } from "./consumer.js";

const esbuild = repositoryPath("node_modules/esbuild/bin/esbuild");
const consumer = installPackage();
afterAll(() => consumer.remove());

/** The values that a door exports, in plain Node. */
function exportsOf(door: string): string[] {
  const script = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(door)}))))`;
  const { stdout, stderr, status } = consumer.node("--input-type=module", "-e", script);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as string[];
}

describe("the tarball", () => {
  test("holds the doors, the command, the page, the kernels and the papers", () => {
    for (const file of [
      "package.json",
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
      "SECURITY.md",
      "dist/core/index.js",
      "dist/core/index.d.ts",
      "dist/node/index.js",
      "dist/browser/index.js",
      "dist/browser/player/define.js",
      "dist/node/cli/floe.cjs",
      "dist/page/index.html",
      "config.schema.json",
    ]) {
      expect(consumer.files).toContain(file);
    }
    expect(consumer.files.some((file) => /^wasm\/.+\.wasm$/.test(file))).toBe(true);
  });

  test("holds nothing else", () => {
    const allowed =
      /^(dist\/(core|node|browser)\/.+\.(js|js\.map|d\.ts|cjs)|dist\/page\/.+|wasm\/.+|[A-Z]+\.md|LICENSE|(package|config\.schema)\.json)$/;
    expect(consumer.files.filter((file) => !allowed.test(file))).toEqual([]);
    expect(consumer.files.filter((file) => /tsbuildinfo|\.test\./.test(file))).toEqual([]);
  });
});

describe("in plain Node", () => {
  test.for(["floe", "floe/node", "floe/browser"])("%s opens", (door) => {
    expect(exportsOf(door).length).toBeGreaterThan(0);
  });

  test("floe/player is harmless where there is no page", () => {
    exportsOf("floe/player");
  });

  test("floe/package.json, the schema of the configuration and a kernel resolve", () => {
    const { stdout } = consumer.node(
      "--input-type=module",
      "-e",
      'console.log(import.meta.resolve("floe/package.json"), import.meta.resolve("floe/config.schema.json"), import.meta.resolve("floe/wasm/annexb-scan.wasm"))',
    );
    for (const url of stdout.trim().split(" ")) {
      expect(existsSync(new URL(url)), url).toBe(true);
    }
  });

  test("what is inside stays inside", () => {
    const { stderr, status } = consumer.node("--input-type=module", "-e", 'await import("floe/dist/core/index.js")');
    expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
    expect(status).toBe(1);
  });

  test("the command tells its version and its help", () => {
    const { version } = JSON.parse(readRepositoryFile("package.json")) as { version: string };
    const command = "node_modules/floe/dist/node/cli/floe.cjs";
    expect(consumer.node(command, "--version")).toMatchObject({ status: 0, stdout: expect.stringContaining(version) });
    expect(consumer.node(command, "--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--source") });
  });
});

test.for<{ title: string; args: string[]; ends?: unknown[] }>([
  // npm runs a command by way of a shell, which the signal ends too: its exit code tells nothing of the server's.
  { title: "npx floe", args: ["floe"] },
  { title: "npx with exec", args: ["-c", "exec floe"], ends: [0, null] },
])("$title serves the test picture outside the checkout, says where as JSON, and ends on SIGTERM", async ({
  args,
  ends,
}) => {
  const serve = ["serve", "--json", "--port", "0", "--log-level", "error"];
  const [first, second] = args;
  const child = consumer.spawn(
    "npx",
    ...(second === undefined ? [first, ...serve] : [first, [second, ...serve].join(" ")]),
  );
  const signalGroup = (signal: NodeJS.Signals): boolean => process.kill(-(child.pid ?? 0), signal);
  onTestFinished(() => void (child.exitCode ?? child.signalCode ?? signalGroup("SIGKILL")));
  const lines: { event: string; http: string; code?: number }[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(JSON.parse(line)));
  await once(reader, "line");
  const [{ event, http }] = lines;
  expect(event).toBe("listening");
  const status = (await (await fetch(`${http}api/status`)).json()) as { source: { value: string } };
  expect(status.source.value).toBe("test");
  expect(await (await fetch(http)).text()).toContain("<html");
  // Standard output closes when the last process that has it is gone.
  const ended = once(child, "close");
  signalGroup("SIGTERM");
  expect(await ended).toEqual(ends ?? expect.anything());
  expect(lines.map((line) => line.event)).toEqual(["listening", "stopping", "stopped"]);
  await expect(fetch(http)).rejects.toThrow();
});

describe("importing a door", () => {
  // The hooks see what is imported; the report of the process sees what was loaded natively, by any way.
  const hooks = `
    import { appendFileSync } from "node:fs";
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      appendFileSync("imports.log", found.url + "\\n");
      return found;
    }`;
  const probe = (door: string, use = ""): string => `
    import { register } from "node:module";
    import { writeFileSync } from "node:fs";
    writeFileSync("imports.log", "");
    register("./hooks.mjs", import.meta.url);
    await import(${JSON.stringify(door)});${use}
    process.report.excludeNetwork = true;
    console.log(process.report.getReport().sharedObjects.join("\\n"));`;

  test.for(["floe", "floe/node", "floe/browser", "floe/player"])("%s loads no native package", (door) => {
    consumer.write("hooks.mjs", hooks);
    consumer.write("probe.mjs", probe(door));
    const { stdout, stderr, status } = consumer.node("probe.mjs");
    expect(status, stderr).toBe(0);
    expect(stdout).not.toMatch(/node-av|node_datachannel|node-datachannel|koffi/);
    const imports = readFileSync(join(consumer.root, "imports.log"), "utf8");
    expect(imports).toContain("/floe/dist/");
    expect(imports).not.toMatch(/node_modules\/(node-av|node-datachannel|@seydx|koffi|@koromix)\//);
  });

  test.for(["koffi", "dgram"])("a TURN server by %s loads no media package", (sockets) => {
    consumer.write("hooks.mjs", hooks);
    const use = `
    const { NodeEntropy, TurnServer } = await import("floe/node");
    const { StaticCredentials } = await import("floe");
    const credentials = new StaticCredentials(new Map(), { realm: "floe", entropy: new NodeEntropy() });
    const server = await TurnServer.start({ credentials, host: "127.0.0.1", port: 0, sockets: ${JSON.stringify(sockets)} });
    await server.close();`;
    consumer.write("probe.mjs", probe("floe/node", use));
    const { stdout, stderr, status } = consumer.node("probe.mjs");
    expect(status, stderr).toBe(0);
    expect(stdout).not.toMatch(/node-av|node_datachannel|node-datachannel/);
    const imports = readFileSync(join(consumer.root, "imports.log"), "utf8");
    expect(imports).not.toMatch(/node_modules\/(node-av|node-datachannel|@seydx)\//);
    expect(stdout.includes("koffi")).toBe(sockets === "koffi");
  });

  test("floe loads nothing of Node and no package", () => {
    consumer.write("hooks.mjs", hooks);
    consumer.write("probe.mjs", probe("floe"));
    consumer.node("probe.mjs");
    const imports = readFileSync(join(consumer.root, "imports.log"), "utf8").trim().split("\n");
    expect(imports.filter((url) => !url.includes("/node_modules/floe/dist/core/"))).toEqual([]);
  });
});

describe("a strict TypeScript project", () => {
  const strict = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    target: "ES2022",
  };

  /** The blocks of ```ts in the README, by the door that they use. */
  const blocks = [...readRepositoryFile("README.md").matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

  function compile(name: string, options: object, sources: readonly string[]): string {
    const files = sources.map((text, index) => {
      consumer.write(`${name}/${index}.ts`, text);
      return `${index}.ts`;
    });
    consumer.write(`${name}/tsconfig.json`, JSON.stringify({ compilerOptions: { ...strict, ...options }, files }));
    return consumer.tool("typescript/bin/tsc", "-p", name).stdout;
  }

  test("compiles against floe and floe/node, with the README's server", () => {
    const server = blocks.filter((text) => text.includes("floe/node"));
    expect(server.length).toBeGreaterThan(0);
    const options = {
      module: "NodeNext",
      moduleResolution: "NodeNext",
      types: ["node"],
      lib: ["ES2023", "esnext.disposable"],
    };
    expect(
      compile("node-app", options, ['export * as floe from "floe";\nexport * as node from "floe/node";\n', ...server]),
    ).toBe("");
  });

  test("compiles against floe, floe/browser and floe/player, with the README's page", () => {
    const page = blocks.filter((text) => /floe\/(browser|player)/.test(text));
    expect(page.length).toBeGreaterThan(0);
    const options = {
      module: "ESNext",
      moduleResolution: "Bundler",
      types: [],
      lib: ["ES2023", "esnext.disposable", "DOM", "DOM.Iterable"],
    };
    const doors = 'import "floe/player";\nexport * as floe from "floe";\nexport * as browser from "floe/browser";\n';
    expect(compile("page-app", options, [doors, ...page])).toBe("");
  });
});

test("a Vite page with the player builds, and holds nothing of Node", () => {
  consumer.write("page/index.html", '<!doctype html><script type="module" src="./main.js"></script>');
  consumer.write("page/main.js", 'import "floe/player";\nimport * as floe from "floe/browser";\nconsole.log(floe);\n');
  const { status, stderr } = consumer.tool("vite/bin/vite.js", "build", "page", "--logLevel", "warn");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const folder = join(consumer.root, "page/dist/assets");
  const bundle = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  expect(bundle).toContain("floe-player");
  expect(bundle).not.toMatch(/from\s*["']node:|require\(/);
});

test("a strict TypeScript app that esbuild bundles runs: a server starts, serves and closes", () => {
  const app = `
    import { AnnexbScanner, milliseconds } from "floe";
    import { FloeServer, type PartialServerConfig } from "floe/node";

    const config: PartialServerConfig = { http: { port: 0 }, log: { level: "error" } };
    const server: FloeServer = await FloeServer.start(config);
    const response = await fetch(new URL("/api/health", server.url));
    await server.close();
    console.log(JSON.stringify([response.status, typeof AnnexbScanner, milliseconds(2)]));
  `;
  consumer.write("app/main.ts", app);
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    module: "ESNext",
    moduleResolution: "Bundler",
    target: "ES2022",
    types: ["node"],
    lib: ["ES2023", "esnext.disposable"],
  };
  consumer.write("app/tsconfig.json", JSON.stringify({ compilerOptions, files: ["main.ts"] }));
  expect(consumer.tool("typescript/bin/tsc", "-p", "app").stdout).toBe("");
  const options = ["--bundle", "--platform=node", "--format=esm", "--target=node20", "--packages=external"];
  const built = consumer.run(esbuild, "app/main.ts", ...options, "--outfile=app/main.mjs");
  expect(built, built.stderr).toMatchObject({ status: 0 });
  const ran = consumer.node("app/main.mjs");
  expect(ran, ran.stderr).toMatchObject({ status: 0, stdout: '[200,"function",2000]\n' });
});

test("esbuild bundles the player and the browser door into one file for a page, with nothing of Node", () => {
  consumer.write(
    "embed/main.ts",
    'import "floe/player";\nimport { publish, WatchSession } from "floe/browser";\nconsole.log(WatchSession, publish);\n',
  );
  const built = consumer.run(esbuild, "embed/main.ts", "--bundle", "--format=esm", "--outfile=embed/main.js");
  expect(built, built.stderr).toMatchObject({ status: 0 });
  const bundle = readFileSync(join(consumer.root, "embed/main.js"), "utf8");
  expect(bundle).toContain("floe-player");
  expect(bundle).not.toMatch(/from\s*["']node:|require\(["']/);
});
