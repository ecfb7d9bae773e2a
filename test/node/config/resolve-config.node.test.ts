import { describe, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { configKeys } from "../../../src/node/server/config/config-key.js";
import { describeExposure } from "../../../src/node/server/config/exposure.js";
import { resolveConfig } from "../../../src/node/server/config/resolve-config.js";

type World = {
  readonly argv?: readonly string[];
  readonly env?: { readonly [name: string]: string };
  /** Files by absolute path; an object is written as JSON. */
  readonly files?: { readonly [path: string]: unknown };
};

function resolve({ argv = [], env = {}, files = {} }: World = {}) {
  return resolveConfig({
    argv,
    env,
    cwd: "/home/ada",
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) {
        throw Object.assign(new Error("ENOENT: no such file or directory"), { code: "ENOENT" });
      }
      return typeof content === "string" ? content : JSON.stringify(content);
    },
  });
}

function faultOf(world: World): string {
  try {
    resolve(world);
  } catch (error) {
    expect(error).toBeInstanceOf(FloeError);
    return String(error);
  }
  throw new Error("it was accepted");
}

describe("defaults", () => {
  test("are those of the plan", () => {
    const { config, warnings, sources, file } = resolve();
    expect(warnings).toEqual([]);
    expect(file).toBeUndefined();
    expect(new Set(Object.values(sources).map((source) => source.kind))).toEqual(new Set(["default"]));
    expect(config.auth.token.isEmpty).toBe(true);
    expect(JSON.parse(JSON.stringify(config))).toEqual({
      http: { host: "127.0.0.1", port: 4500, insecure: false },
      auth: { token: "***", allowedOrigins: [] },
      media: {
        mode: "stream",
        source: "test",
        loop: true,
        graceMs: 5000,
        passthrough: "auto",
        rtsp: { transport: "tcp", timeoutMs: 15_000 },
        video: { width: 1280, height: 720, fps: 30, bitrate: 2_000_000 },
        audio: { channels: 2, sampleRate: 48_000, bitrate: 128_000 },
        recordDir: "/home/ada/recordings",
        record: {
          format: "mp4",
          videoCodec: "auto",
          transcode: false,
          minFreeBytes: 268_435_456,
          maxPublishers: 16,
        },
      },
      webrtc: { playoutDelay: { minMs: 0, maxMs: 0 }, externalIp: [], iceServers: [], transport: "auto" },
      turn: {
        enabled: true,
        port: 3478,
        tls: { port: 5349 },
        realm: "floe",
        secret: "***",
        previousSecret: "***",
        credentialTtlSeconds: 3600,
        users: [],
        lifetimeSeconds: 600,
        maxLifetimeSeconds: 3600,
        allocationsPerUser: 10,
        allocationsPerAddress: 30,
        allocations: 1000,
        bitrate: 5_000_000,
        portRange: { min: 49_152, max: 65_535 },
        allowPeers: [],
        allowLocalRelay: false,
        tcpRelay: true,
        sockets: "auto",
      },
      signalling: { user: "floe", id: "floe-server", name: "floe" },
      log: { level: "info", format: "text" },
    });
  });
});

describe("precedence", () => {
  const files = { "/home/ada/config.json": { http: { port: 1001, host: "::1" }, log: { level: "warn" } } };

  test("a file beats defaults, environment beats the file, flags beat all", () => {
    const { config, sources, file } = resolve({
      files,
      env: { FLOE_PORT: "1002", FLOE_LOG_LEVEL: "debug" },
      argv: ["--port", "1003"],
    });
    expect(file).toBe("/home/ada/config.json");
    expect(config.http).toEqual({ host: "::1", port: 1003, insecure: false });
    expect(config.log.level).toBe("debug");
    expect(sources["http.port"]).toEqual({ kind: "flag", name: "--port" });
    expect(sources["log.level"]).toEqual({ kind: "env", name: "FLOE_LOG_LEVEL" });
    expect(sources["http.host"]).toEqual({ kind: "file", path: "/home/ada/config.json" });
    expect(sources["media.loop"]).toEqual({ kind: "default" });
  });

  test("an empty variable counts as unset", () => {
    expect(resolve({ files, env: { FLOE_PORT: "", FLOE_CONFIG: " " } }).config.http.port).toBe(1001);
  });

  test("of two equal flags the last one counts, --no-loop and --loop included", () => {
    expect(resolve({ argv: ["--port=1", "--port=2"] }).config.http.port).toBe(2);
    expect(resolve({ argv: ["--no-loop"] }).config.media.loop).toBe(false);
    expect(resolve({ argv: ["--no-loop", "--loop"] }).config.media.loop).toBe(true);
  });

  test("the file is --config, else FLOE_CONFIG, else ./config.json", () => {
    const three = { ...files, "/a.json": { http: { port: 7 } }, "/home/ada/b.json": { http: { port: 8 } } };
    expect(resolve({ files: three, argv: ["-c", "/a.json"], env: { FLOE_CONFIG: "b.json" } }).config.http.port).toBe(7);
    expect(resolve({ files: three, env: { FLOE_CONFIG: "b.json" } }).config.http.port).toBe(8);
    expect(resolve({ files: three }).config.http.port).toBe(1001);
  });

  test("every key can be set by its variable, and every variable is its own", () => {
    const text: { [path: string]: string } = {
      "http.host": "::1",
      "auth.token": "abc",
      "auth.allowedOrigins": "https://a.example, https://b.example:8443",
      "media.mode": "stream",
      "media.source": "/clip.mp4",
      "media.passthrough": "always",
      "media.cachePackets": "4096",
      "media.rtsp.transport": "udp",
      "media.audio.channels": "1",
      "media.audio.sampleRate": "48000",
      "media.recordDir": "/takes",
      "media.record.format": "mp4",
      "media.record.videoCodec": "vp8",
      "media.record.segmentBytes": "100000",
      "media.record.maxTotalBytes": "1000000",
      "media.record.maxPublishers": "3",
      "webrtc.playoutDelay": "0/200",
      "webrtc.udpPort": "50000-50100",
      "webrtc.externalIp": "203.0.113.5, 2001:db8::1",
      "webrtc.iceServers": "stun:a.example:3478, stuns:b.example",
      "webrtc.transport": "werift",
      "webrtc.bindAddress": "10.0.0.1",
      "turn.host": "10.0.0.1",
      "turn.externalIp": "203.0.113.6",
      "turn.tls.cert": "/chain.pem",
      "turn.tls.key": "/key.pem",
      "turn.realm": "example.org",
      "turn.secret": "new",
      "turn.previousSecret": "old",
      "turn.users": "ada:pass:word, bob:x",
      "turn.lifetimeSeconds": "60",
      "turn.maxLifetimeSeconds": "120",
      "turn.portRange": "50000-50100",
      "turn.allowPeers": "10.0.0.0/8, ::1",
      "turn.sockets": "dgram",
      "signalling.user": "u",
      "signalling.id": "i",
      "signalling.name": "n",
      webRoot: "/web",
      "log.level": "trace",
      "log.format": "json",
    };
    const env = Object.fromEntries(
      configKeys.map((key) => [key.env, text[key.path] ?? (key.kind.text === "boolean" ? "yes" : "50000")]),
    );
    env.FLOE_MEDIA_VIDEO_FPS = "60";
    env.FLOE_MEDIA_VIDEO_WIDTH = "640";
    env.FLOE_MEDIA_VIDEO_HEIGHT = "360";
    expect(new Set(configKeys.map((key) => key.env)).size).toBe(configKeys.length);
    const { config, sources, warnings } = resolve({ env });
    expect(warnings).toEqual([]);
    expect(new Set(Object.values(sources).map((source) => source.kind))).toEqual(new Set(["env"]));
    expect(config.auth.token.reveal()).toBe("abc");
    expect(config.auth.allowedOrigins).toEqual(["https://a.example", "https://b.example:8443"]);
    expect(config.media.video).toEqual({ width: 640, height: 360, fps: 60, bitrate: 50_000 });
    expect([config.media.passthrough, config.media.cachePackets]).toEqual(["always", 4096]);
    expect(config.media.rtsp).toEqual({ transport: "udp", timeoutMs: 50_000 });
    expect([config.media.recordDir, config.media.record]).toEqual([
      "/takes",
      {
        format: "mp4",
        videoCodec: "vp8",
        transcode: true,
        segmentSeconds: 50_000,
        segmentBytes: 100_000,
        maxAgeHours: 50_000,
        maxTotalBytes: 1_000_000,
        minFreeBytes: 50_000,
        maxPublishers: 3,
      },
    ]);
    expect(config.webrtc).toEqual({
      playoutDelay: { minMs: 0, maxMs: 200 },
      udpPort: { min: 50_000, max: 50_100 },
      externalIp: ["203.0.113.5", "2001:db8::1"],
      iceServers: [{ urls: ["stun:a.example:3478"] }, { urls: ["stuns:b.example"] }],
      transport: "werift",
      bindAddress: "10.0.0.1",
    });
    expect(config.turn).toMatchObject({
      enabled: true,
      host: "10.0.0.1",
      port: 50_000,
      externalIp: "203.0.113.6",
      tls: { cert: "/chain.pem", key: "/key.pem", port: 50_000 },
      realm: "example.org",
      portRange: { min: 50_000, max: 50_100 },
      allowPeers: ["10.0.0.0/8", "::1"],
      sockets: "dgram",
    });
    expect(config.turn.users.map(({ username, password }) => [username, password.reveal()])).toEqual([
      ["ada", "pass:word"],
      ["bob", "x"],
    ]);
  });
});

describe("paths", () => {
  test("of the file count from its folder, others from the working directory", () => {
    const files = { "/etc/floe/floe.json": { media: { source: "clips/a.mp4" }, webRoot: "../web" } };
    const { config } = resolve({ files, argv: ["--config", "/etc/floe/floe.json"] });
    expect(config.media.source).toBe("/etc/floe/clips/a.mp4");
    expect(config.webRoot).toBe("/etc/web");
    expect(resolve({ argv: ["--source", "a.mp4", "--web-root", "w"] }).config).toMatchObject({
      media: { source: "/home/ada/a.mp4" },
      webRoot: "/home/ada/w",
    });
    expect(resolve({ env: { FLOE_SOURCE: "./test" } }).config.media.source).toBe("/home/ada/test");
  });

  test("nouns that are no files stay as they are", () => {
    for (const source of ["test", "rtsp://u:p@cam/1", "/dev/video0", "https://example.org/live.m3u8"]) {
      expect(resolve({ argv: ["--source", source] }).config.media.source).toBe(source);
    }
  });
});

describe("a bad flag is a usage error", () => {
  test.each([
    [
      ["--port", "abc"],
      `usage/bad-value: flag '--port' has the bad value "abc". It must be a whole number from 0 to 65535.`,
    ],
    [
      ["--port", "70000"],
      "usage/bad-value: flag '--port' has the bad value 70000. It must be a whole number from 0 to 65535.",
    ],
    [
      ["--port", "-1"],
      "usage/bad-value: flag '--port' has the bad value -1. It must be a whole number from 0 to 65535.",
    ],
    [["--port", "-c"], "usage/missing-value: flag '--port' requires a value. Write --port PORT."],
    [["--host", "-1"], "usage/missing-value: flag '--host' requires a value. Write --host HOST."],
    [
      ["--port=4500.5"],
      "usage/bad-value: flag '--port' has the bad value 4500.5. It must be a whole number from 0 to 65535.",
    ],
    [
      ["--port", "0x50"],
      `usage/bad-value: flag '--port' has the bad value "0x50". It must be a whole number from 0 to 65535.`,
    ],
    [
      ["--log-level", "loud"],
      `usage/bad-value: flag '--log-level' has the bad value "loud". It must be one of trace, debug, info, warn, error.`,
    ],
    [["--mode", "relay"], "usage/not-built: flag '--mode': 'relay' is not built yet. Use one of stream, record."],
    [["--mode", "film"], `usage/bad-value: flag '--mode' has the bad value "film". It must be one of stream, record.`],
    [["--host"], "usage/missing-value: flag '--host' requires a value. Write --host HOST."],
    [["--host", "--port", "1"], "usage/missing-value: flag '--host' requires a value. Write --host HOST."],
    [["--host="], "usage/missing-value: flag '--host' requires a value. Write --host HOST."],
    [["-c"], "usage/missing-value: flag '-c' requires a value. Write -c PATH."],
    [
      ["--host", "http://x/"],
      `usage/bad-value: flag '--host' has the bad value "http://x/". It must be a host name or an IP address without a port, such as 127.0.0.1.`,
    ],
    [["--loop=no"], "usage/unexpected-value: flag '--loop' takes no value. Write --loop alone."],
    [["--prot", "1"], "usage/unknown-flag: flag '--prot' is unknown. Did you mean --port?"],
    [["--no-lop"], "usage/unknown-flag: flag '--no-lop' is unknown. Did you mean --no-loop?"],
    [["--frobnicate"], "usage/unknown-flag: flag '--frobnicate' is unknown. See floe --help."],
    [["-x"], "usage/unknown-flag: flag '-x' is unknown. See floe --help."],
    [["--tls-cert", "x"], "usage/not-built: flag '--tls-cert' is not built yet. Leave it out."],
    [
      ["--turn-port", "70000"],
      "usage/bad-value: flag '--turn-port' has the bad value 70000. It must be a whole number from 0 to 65535.",
    ],
    [
      ["--turn-external-ip", "relay.example.org"],
      `usage/bad-value: flag '--turn-external-ip' has the bad value "relay.example.org". It must be an IP address.`,
    ],
    [["--doctor"], "usage/not-built: flag '--doctor' is not built yet. Leave it out."],
    [
      ["clip.mp4"],
      "usage/unexpected-argument: argument 'clip.mp4' has no meaning here. To play it, write --source clip.mp4.",
    ],
    [["--", "x"], "usage/unexpected-argument: argument 'x' has no meaning here. See floe --help."],
  ])("%j", (argv, line) => {
    expect(faultOf({ argv })).toBe(line);
  });

  test("a secret has no flag, and what was given is not repeated", () => {
    for (const flag of ["--token=hunter2", "--auth-token=hunter2"]) {
      const line = faultOf({ argv: [flag] });
      expect(line).toMatch(/^usage\/secret-flag: .*FLOE_AUTH_TOKEN/);
      expect(line).not.toContain("hunter2");
    }
  });
});

describe("a bad file is a config error", () => {
  test("an explicit file that is missing is told, a default one is not missed", () => {
    const missing = "config/not-found: there is no configuration file no.json. Check the path, or leave";
    expect(faultOf({ argv: ["--config", "no.json"] })).toBe(`${missing} --config out to start with the defaults.`);
    expect(faultOf({ argv: ["-c", "no.json"] })).toBe(`${missing} -c out to start with the defaults.`);
    expect(faultOf({ env: { FLOE_CONFIG: "no.json" } })).toBe(`${missing} FLOE_CONFIG out to start with the defaults.`);
    expect(resolve().file).toBeUndefined();
  });

  test("a folder, or a file that may not be read", () => {
    const readFile = (code: string) => () => {
      throw Object.assign(new Error(code), { code });
    };
    const options = { argv: ["-c", "x"], env: {}, cwd: "/" };
    expect(() => resolveConfig({ ...options, readFile: readFile("EISDIR") })).toThrow(/x: it is a folder/);
    expect(() => resolveConfig({ ...options, readFile: readFile("EACCES") })).toThrow(/reading it is not permitted/);
    // Also when nobody asked for it: it is there, and it would be ignored in silence.
    expect(() => resolveConfig({ ...options, argv: [], readFile: readFile("EISDIR") })).toThrow(/it is a folder/);
  });

  test("invalid JSON is told with line and column", () => {
    const files = { "/home/ada/config.json": '{\n  "http": {\n    "port": 4500,\n  }\n}' };
    expect(faultOf({ files })).toBe(
      "config/invalid-json: /home/ada/config.json is not valid JSON, line 3, column 17: there is a comma before }. Correct it there; src/node/server/config/README.md in Floe's repository lists all keys.",
    );
    expect(faultOf({ files: { "/home/ada/config.json": "" } })).toContain(
      "line 1, column 1: the text ends where a value",
    );
  });

  test("a byte order mark is no fault", () => {
    expect(resolve({ files: { "/home/ada/config.json": '\ufeff{"http":{"port":1}}' } }).config.http.port).toBe(1);
  });

  test.each([
    [
      { http: { port: "4500" } },
      `'http.port' in /home/ada/config.json has the bad value "4500". It must be a whole number`,
    ],
    [
      { media: { video: { width: 1281 } } },
      "'media.video.width' in /home/ada/config.json has the bad value 1281. It must be an even number from 64 to 4096.",
    ],
    [{ media: { video: { fps: 0 } } }, "It must be a whole number from 1 to 120."],
    [{ media: { video: { fps: 121 } } }, "It must be a whole number from 1 to 120."],
    [
      { media: { audio: { sampleRate: 44_100 } } },
      "'media.audio.sampleRate' in /home/ada/config.json has the bad value 44100. It must be 48000.",
    ],
    [{ media: { loop: "yes" } }, `has the bad value "yes". It must be true or false.`],
    [
      { media: { source: " " } },
      "It must be test, the path of a media file, a URL such as rtsp://…, or a device such as /dev/video0.",
    ],
    [{ http: 5 }, "config/bad-value: 'http' in /home/ada/config.json is 5. It must be an object of keys."],
    [{ media: { video: null } }, "'media.video' in /home/ada/config.json is null."],
    [[], "The configuration in /home/ada/config.json is []."],
    [{ auth: { allowedOrigins: "https://a.example" } }, "It must be a list of origins without a path"],
    [{ auth: { allowedOrigins: ["https://a.example/page"] } }, "It must be a list of origins without a path"],
    [{ auth: { token: "two words" } }, "'auth.token' in /home/ada/config.json has a value that cannot be a secret."],
    [{ signalling: { user: "a|b" } }, "characters without a pipe"],
    [{ webrtc: { udpPort: "50001-50000" } }, "It must be a port from 1 to 65535, or a range such as 50000-50100."],
    [{ webrtc: { udpPort: 0 } }, "It must be a port from 1 to 65535"],
    [{ webrtc: { externalIp: ["media.example.org"] } }, "It must be a list of IP addresses."],
    [{ webrtc: { iceServers: "http://a.example" } }, "It must be URLs such as stun:stun.example.org:3478"],
    [{ webrtc: { iceServers: [{ urls: "turn:a.example" }] } }, "a turn server has a username and a credential"],
    [{ webrtc: { bindAddress: "eth0" } }, "It must be an IP address."],
    [{ turn: { portRange: "60000-50000" } }, "It must be a port from 1 to 65535, or a range"],
    [{ turn: { allowPeers: ["192.168.1.0/33"] } }, "It must be a list of address ranges or addresses"],
    [{ turn: { allowPeers: "10.0.0.0/8" } }, "It must be a list of address ranges or addresses"],
    [{ turn: { realm: 'a"b' } }, "It must be 1 to 127 visible ASCII characters without quotes"],
    [{ turn: { users: { "a:b": "x" } } }, "'turn.users' in /home/ada/config.json has a value that cannot be a secret."],
    [{ turn: { users: { ada: "" } } }, "It must be NAME:PASSWORD with commas between them"],
    [{ turn: { lifetimeSeconds: 5 } }, "It must be a whole number from 30 to 86400."],
    [{ turn: { credentialTtlSeconds: 86_401 } }, "It must be a whole number from 60 to 86400."],
    [{ turn: { bitrate: 1 } }, "It must be a whole number from 10000 to 10000000000."],
    [{ turn: { sockets: "raw" } }, "It must be one of auto, koffi, dgram."],
    [{ turn: { tls: { cert: "chain.pem" } } }, "config/turn-tls: turn.tls.cert is set and turn.tls.key is not."],
    [{ turn: { tls: { key: "key.pem" } } }, "config/turn-tls: turn.tls.key is set and turn.tls.cert is not."],
    [{ turn: { lifetimeSeconds: 4000 } }, "config/turn-lifetime: turn.lifetimeSeconds (4000) is more than"],
    [{ turn: { previousSecret: "old" } }, "config/turn-secret: turn.previousSecret is set and turn.secret is not."],
    [{ webrtc: { playoutDelay: { minMs: 20, maxMs: 10 } } }, "It must be off, or MIN/MAX in milliseconds"],
    [{ webrtc: { playoutDelay: "0/205" } }, "in steps of 10"],
    [{ webrtc: { playoutDelay: { minMs: 0, maxMs: 0, more: 1 } } }, "It must be off, or MIN/MAX"],
    [
      { media: { mode: "relay" } },
      "config/not-built: 'media.mode' in /home/ada/config.json: 'relay' is not built yet. Use one of stream, record.",
    ],
  ])("%j", (content, part) => {
    const line = faultOf({ files: { "/home/ada/config.json": content } });
    expect(line).toMatch(/^config\//);
    expect(line).toContain(part);
  });

  test("playout delay is an object, MIN/MAX or off", () => {
    const of = (playoutDelay: unknown) =>
      resolve({ files: { "/home/ada/config.json": { webrtc: { playoutDelay } } } }).config.webrtc.playoutDelay;
    expect(of("off")).toBe("off");
    expect(of("10/40950")).toEqual({ minMs: 10, maxMs: 40_950 });
    expect(of({ minMs: 0, maxMs: 100 })).toEqual({ minMs: 0, maxMs: 100 });
  });

  test("a bad variable is named", () => {
    expect(faultOf({ env: { FLOE_PORT: "99999" } })).toBe(
      "config/bad-value: environment variable FLOE_PORT has the bad value 99999. It must be a whole number from 0 to 65535.",
    );
    expect(faultOf({ env: { FLOE_LOOP: "maybe" } })).toContain("FLOE_LOOP");
    expect(faultOf({ env: { FLOE_AUTH_TOKEN: "hunter two" } })).not.toContain("hunter");
  });

  test("a bad value is told even where a flag overrides it", () => {
    expect(faultOf({ env: { FLOE_PORT: "x" }, argv: ["--port", "1"] })).toContain("FLOE_PORT");
  });

  test("passwords in a value do not reach the message", () => {
    expect(faultOf({ argv: ["--host", "rtsp://u:hunter2@x/"] })).not.toContain("hunter2");
  });
});

describe("unknown names are warned about", () => {
  const warningsOf = (content: unknown) => resolve({ files: { "/home/ada/config.json": content } }).warnings;

  test("with the nearest key", () => {
    expect(warningsOf({ htpp: {}, http: { prot: 1 }, port: 2, media: { video: { widht: 3 } } })).toEqual([
      "unknown key 'htpp' in /home/ada/config.json. It has no effect. Did you mean 'http'?",
      "unknown key 'http.prot' in /home/ada/config.json. It has no effect. Did you mean 'http.port'?",
      "unknown key 'port' in /home/ada/config.json. It has no effect. Did you mean 'http.port'?",
      "unknown key 'media.video.widht' in /home/ada/config.json. It has no effect. Did you mean 'media.video.width'?",
    ]);
  });

  test("or that they are to come, once for a whole section", () => {
    expect(warningsOf({ tls: { cert: "a", key: "b" }, media: { intelligence: {} } })).toEqual([
      "unknown key 'tls' in /home/ada/config.json. It is not built yet and has no effect.",
      "unknown key 'media.intelligence' in /home/ada/config.json. It is not built yet and has no effect.",
    ]);
  });

  test("and cannot reach into objects of ours", () => {
    const warnings = warningsOf(
      '{"__proto__":{"port":1},"constructor":1,"http":{"__proto__":{"port":1}},"$schema":"x"}',
    );
    expect(warnings).toHaveLength(3);
    expect(({} as { port?: number }).port).toBeUndefined();
    expect(resolve({ files: { "/home/ada/config.json": '{"http":{"__proto__":{"port":1}}}' } }).config.http.port).toBe(
      4500,
    );
  });

  test("variables too, but for empty ones and those of the project's tests", () => {
    const env = { FLOE_PROT: "1", FLOE_DOCTOR: "2", FLOE_SOMETHING_ELSE: "3", FLOE_TEST: "" };
    const tests = { FLOE_CHROMIUM: "/usr/bin/chromium", FLOE_SOAK_SECONDS: "9" };
    expect(resolve({ env: { ...env, ...tests } }).warnings).toEqual([
      "unknown environment variable FLOE_PROT. It has no effect. Did you mean FLOE_PORT?",
      "environment variable FLOE_DOCTOR is not built yet and has no effect.",
      "unknown environment variable FLOE_SOMETHING_ELSE. It has no effect.",
    ]);
  });
});

describe("a bind wider than this machine", () => {
  test("needs a token or an explicit yes", () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "media.example"]) {
      expect(faultOf({ argv: ["--host", host] })).toBe(
        `config/insecure: listening on ${host} without a token would let anyone in. Set FLOE_AUTH_TOKEN, listen on 127.0.0.1, or accept it with --insecure.`,
      );
    }
    expect(resolve({ argv: ["--host", "0.0.0.0"], env: { FLOE_AUTH_TOKEN: "t" } }).warnings).toEqual([]);
  });

  test("without a token says what is exposed", () => {
    const { warnings } = resolve({ argv: ["--host", "0.0.0.0", "--insecure"] });
    expect(warnings).toEqual([
      "listening on all addresses (0.0.0.0): anyone who reaches one of them can watch the source, use the relay, see who is connected and read the status: no token is set (--insecure).",
    ]);
  });

  test("on one address says which, on all of them says so, with a token or without", () => {
    const exposureOf = (host: string, token = "") =>
      describeExposure({
        http: { host, port: 1, insecure: true },
        auth: { token: new Secret(token), allowedOrigins: [] },
        turn: { ...resolve().config.turn, enabled: host !== "10.0.0.7" },
      });
    expect(exposureOf("10.0.0.7")).toMatch(/^anyone who reaches 10\.0\.0\.7 can watch the source, see who/);
    for (const host of ["0.0.0.0", "::", "0:0:0:0:0:0:0:0"]) {
      expect(exposureOf(host)).toContain(`listening on all addresses (${host}): anyone who reaches one of them can`);
      expect(exposureOf(host, "t")).toContain(
        `listening on all addresses (${host}): whoever reaches one of them needs`,
      );
    }
  });

  test("loopback in all its spellings is not wide", () => {
    for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "::ffff:127.0.0.1"]) {
      expect(resolve({ argv: ["--host", host] }).warnings).toEqual([]);
    }
    expect(faultOf({ argv: ["--host", "127.0.0.1.evil.example"] })).toContain("config/insecure");
  });
});
