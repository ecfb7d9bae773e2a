// The laws of the house that the compiler cannot see (src/README.md): which room may import which, what core may name,
// where the doors are. `node .ci/walls.mjs [--root DIR]` prints a line for each breach and exits 1 if there is one.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { listFiles } from "./lib/build.cjs";
import { readSource } from "./lib/source.mjs";

const DOORS = ["src/browser/index.ts", "src/core/index.ts", "src/node/index.ts"];
const ENTRIES = [...DOORS, "src/browser/player/define.ts"];
const NATIVE_PACKAGES = ["node-av", "node-datachannel", "koffi", "werift"];
const LONG_FILE_LINES = 400;

/** Rooms of core that everything stands on: they know only one another. */
const GROUND_FLOOR = ["bytes", "crypto", "error", "kernel", "net", "signal", "time"];

/** Which rooms (the folder under src/core, src/node or src/browser) must not know which. */
const ROOM_LAWS = [
  {
    rooms: ["rtp", "payload", "stun", "turn", "sdp"],
    never: ["stream", "webrtc", "server", "symple"],
    why: "wire rooms know bytes only",
  },
  { rooms: ["webrtc"], never: ["symple", "server"], why: "webrtc owns the Signaller port and knows no wire format" },
  {
    rooms: ["vision", "speech"],
    never: ["webrtc", "net", "moq", "turn", "symple"],
    why: "detectors know no transport",
  },
  {
    rooms: ["stages"],
    never: ["webrtc", "symple", "server"],
    why: "stages work on bytes and packets, whatever carries them",
  },
  { rooms: ["stream"], never: ["webrtc", "symple", "server"], why: "the graph knows no transport" },
];

const CORE_NAMES = {
  Date: "core has no clock: take the time as an argument (Micros) or a Clock port",
  performance: "core has no clock: take the time as an argument (Micros) or a Clock port",
  setTimeout: "core has no timers: tell a deadline and let the Clock port schedule it",
  setInterval: "core has no timers: tell a deadline and let the Clock port schedule it",
  setImmediate: "core has no timers: tell a deadline and let the Clock port schedule it",
  globalThis: "core reaches for no globals: src/core/platform.d.ts names the few that every runtime has",
  eval: "core builds no code at run time",
  Function: "core builds no code at run time",
};

/** The one file that may: its own first lines say why, and that nothing but counted numbers and its own words get in. */
const CODE_BUILDER = "src/core/stream/code.ts";

const rootAt = process.argv.indexOf("--root");
const root = rootAt > 0 ? resolve(process.argv[rootAt + 1]) : dirname(dirname(fileURLToPath(import.meta.url)));
const breaches = [];
const breach = (file, line, law, what) => breaches.push(`${file}:${line} ${law}: ${what}`);

/** src/core/rtp/rtcp/x.ts → { skin: "core", room: "rtp" }; a file right under the skin has room "". */
function placeOf(file) {
  const [, skin, ...rest] = file.split("/");
  return { skin, room: rest.length > 1 ? rest[0] : "" };
}

/** The file of the house that a relative specifier names, or undefined for a package. */
function targetOf(file, specifier) {
  if (!specifier.startsWith(".")) {
    return undefined;
  }
  const path = join(dirname(file), specifier).replaceAll("\\", "/");
  const stem = path.replace(/\.js$/, "");
  return [`${stem}.ts`, `${stem}.tsx`, `${stem}.d.ts`].find((name) => existsSync(join(root, name))) ?? path;
}

const packageOf = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

function checkImport(file, each) {
  const { skin, room } = placeOf(file);
  const { specifier, line } = each;
  if (specifier === undefined) {
    if (skin === "core") {
      breach(file, line, "core/computed-import", "import() in core takes a literal");
    }
    return;
  }
  const target = targetOf(file, specifier);
  if (target === undefined) {
    checkPackage(file, skin, specifier, line);
    return;
  }
  const [top, targetSkin] = target.split("/");
  if (top !== "src" || (targetSkin !== skin && targetSkin !== "core")) {
    breach(file, line, `${skin}/outside`, `${skin} must not import ${target}`);
    return;
  }
  if (DOORS.includes(target)) {
    breach(file, line, "doors/inward", `doors face outward: import the file itself, not ${target}`);
  }
  if (each.isBare && !sideEffects.has(target.replace(/^src(.*)\.tsx?$/, "./dist$1.js"))) {
    breach(file, line, "doors/side-effect", `a bundler drops ${target}: name it in the package's sideEffects`);
  }
  checkRooms(file, room, placeOf(target), line, target);
  const isAssembly = ["server", "cli", ""].includes(room);
  if (skin === "node" && !isAssembly && ["server", "cli"].includes(placeOf(target).room)) {
    breach(file, line, "rooms/upward", `only assembly imports assembly: ${room} must not import ${target}`);
  }
}

function checkPackage(file, skin, specifier, line) {
  if (skin === "core") {
    breach(file, line, "core/package", `core imports nothing outside core, not even "${specifier}"`);
  } else if (skin === "browser") {
    breach(file, line, "browser/package", `the browser door has no dependencies, so not "${specifier}"`);
  } else if (!specifier.startsWith("node:") && !dependencies.has(packageOf(specifier))) {
    breach(file, line, "node/package", `"${specifier}" is not a dependency of the package`);
  }
}

function checkRooms(file, room, target, line, targetFile) {
  for (const law of ROOM_LAWS) {
    if (law.rooms.includes(room) && law.never.includes(target.room)) {
      breach(file, line, "rooms/forbidden", `${room} must not import ${targetFile}: ${law.why}`);
    }
  }
  if (placeOf(file).skin === "core" && GROUND_FLOOR.includes(room) && !GROUND_FLOOR.includes(target.room)) {
    breach(file, line, "rooms/ground-floor", `${room} is ground floor and must not import ${targetFile}`);
  }
}

function checkCore(file, source) {
  for (const { text, line, member } of source.names) {
    if (text === "Function" && file === CODE_BUILDER) {
      continue;
    }
    if (Object.hasOwn(CORE_NAMES, text)) {
      breach(file, line, "core/global", `${text}: ${CORE_NAMES[text]}`);
    } else if (text === "Math" && (member === undefined || member === "random")) {
      breach(file, line, "core/random", "Math.random: core takes an Entropy port (and names Math only as Math.x)");
    }
  }
  const isPlatform = file === "src/core/platform.d.ts";
  for (const line of isPlatform ? [] : source.ambient) {
    breach(file, line, "core/ambient", "only src/core/platform.d.ts declares what a runtime has");
  }
  if (file.endsWith(".d.ts") && !isPlatform) {
    breach(file, 1, "core/ambient", "only src/core/platform.d.ts declares what a runtime has");
  }
  for (const line of source.references) {
    breach(file, line, "core/reference", "a triple-slash reference would let another runtime's types in");
  }
}

function checkShape(file, source, map) {
  if (!source.opensWithComment) {
    breach(file, 1, "file/header", "the first line says what the file is (and the RFC's section)");
  }
  if (source.lineCount > LONG_FILE_LINES && !map.includes(file.replace("src/", ""))) {
    breach(file, 1, "file/long", `${source.lineCount} lines: split it by state, or give it a line in src/README.md`);
  }
  if (file.endsWith("/index.ts") && !DOORS.includes(file)) {
    breach(file, 1, "doors/extra", "there are exactly three index.ts: core, node, browser");
  }
}

/** No door may load a native package before somebody asks for what needs it. */
function checkNativeIsLazy(sources) {
  for (const entry of ENTRIES.filter((file) => sources.has(file))) {
    const via = new Map([[entry, undefined]]);
    for (const file of via.keys()) {
      for (const each of sources.get(file)?.imports ?? []) {
        if (each.isType || each.kind === "dynamic" || each.specifier === undefined) {
          continue;
        }
        const target = targetOf(file, each.specifier);
        if (target !== undefined && !via.has(target)) {
          via.set(target, file);
        } else if (target === undefined && NATIVE_PACKAGES.includes(packageOf(each.specifier))) {
          breach(
            file,
            each.line,
            "doors/native",
            `${entry} loads "${each.specifier}" at once (${trail(via, file)}): import it lazily`,
          );
        }
      }
    }
  }
}

function trail(via, file) {
  const files = [];
  for (let at = file; at !== undefined; at = via.get(at)) {
    files.unshift(at.replace("src/", ""));
  }
  return files.join(" → ");
}

/** Examples and package tests stand where a user stands. */
function checkPublicOnly(folder) {
  const home = folder === "examples" ? /^examples\// : /^test\/(package|setup)\//;
  for (const file of listFiles(root, folder).filter((name) => /\.[cm]?tsx?$/.test(name))) {
    for (const { specifier, line } of readSource(join(root, file)).imports) {
      const target = specifier === undefined ? undefined : targetOf(file, specifier);
      if (target !== undefined && !home.test(target)) {
        breach(file, line, "public/private-import", `import a public door (floe, floe/node, …), not ${target}`);
      }
    }
  }
}

const readText = (file) => (existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "");
const manifest = JSON.parse(readText("package.json") || "{}");
const dependencies = new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }));
const sideEffects = new Set(manifest.sideEffects);
const map = readText("src/README.md");
const files = listFiles(root, "src").filter((file) => /\.tsx?$/.test(file));
const sources = new Map(files.map((file) => [file, readSource(join(root, file))]));

for (const [file, source] of sources) {
  for (const each of source.imports) {
    checkImport(file, each);
  }
  if (file.startsWith("src/core/")) {
    checkCore(file, source);
  }
  checkShape(file, source, map);
}
for (const door of DOORS.filter((file) => !sources.has(file))) {
  breach(door, 1, "doors/missing", "this door of the package is gone");
}
checkNativeIsLazy(sources);
checkPublicOnly("examples");
checkPublicOnly("test/package");

for (const line of breaches.sort()) {
  console.log(line);
}
console.log(`walls: ${files.length} files in ${relative(process.cwd(), root) || "."}, ${breaches.length} breaches`);
process.exitCode = breaches.length === 0 && files.length > 0 ? 0 : 1;
