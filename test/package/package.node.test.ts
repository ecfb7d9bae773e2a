// The package as a user gets it: what is in the tarball, that every door opens in plain Node, that a strict TypeScript
// project and a Vite page build against it, and that nobody pays for what they do not use.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { installPackage, readRepositoryFile } from "./consumer.js";

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
    ]) {
      expect(consumer.files).toContain(file);
    }
    expect(consumer.files.some((file) => /^wasm\/.+\.wasm$/.test(file))).toBe(true);
  });

  test("holds nothing else", () => {
    const allowed =
      /^(dist\/(core|node|browser)\/.+\.(js|js\.map|d\.ts|cjs)|dist\/page\/.+|wasm\/.+|[A-Z]+\.md|LICENSE|package\.json)$/;
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

  test("floe/package.json and a kernel resolve", () => {
    const { stdout } = consumer.node(
      "--input-type=module",
      "-e",
      'console.log(import.meta.resolve("floe/package.json"), import.meta.resolve("floe/wasm/annexb-scan.wasm"))',
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

describe("importing a door", () => {
  // The hooks see what is imported; the report of the process sees what was loaded natively, by any way.
  const hooks = `
    import { appendFileSync } from "node:fs";
    export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      appendFileSync("imports.log", found.url + "\\n");
      return found;
    }`;
  const probe = (door: string): string => `
    import { register } from "node:module";
    import { writeFileSync } from "node:fs";
    writeFileSync("imports.log", "");
    register("./hooks.mjs", import.meta.url);
    await import(${JSON.stringify(door)});
    process.report.excludeNetwork = true;
    console.log(process.report.getReport().sharedObjects.join("\\n"));`;

  test.for(["floe", "floe/node", "floe/browser", "floe/player"])("%s loads no native package", (door) => {
    consumer.write("hooks.mjs", hooks);
    consumer.write("probe.mjs", probe(door));
    const { stdout, stderr, status } = consumer.node("probe.mjs");
    expect(status, stderr).toBe(0);
    expect(stdout).not.toMatch(/node-av|node_datachannel|node-datachannel/);
    const imports = readFileSync(join(consumer.root, "imports.log"), "utf8");
    expect(imports).toContain("/floe/dist/");
    expect(imports).not.toMatch(/node_modules\/(node-av|node-datachannel|@seydx)\//);
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
