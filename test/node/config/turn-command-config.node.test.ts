import { describe, expect, test } from "vitest";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import { resolveConfig } from "../../../src/node/server/config/resolve-config.js";

type World = {
  readonly argv?: readonly string[];
  readonly env?: { readonly [name: string]: string };
  readonly file?: object;
};

/** The configuration of `floe turn`. */
function resolve({ argv = [], env = { FLOE_TURN_SECRET: "hunter2" }, file }: World = {}) {
  return resolveConfig({
    command: "turn",
    argv,
    env,
    cwd: "/home/ada",
    readFile: () => {
      if (file === undefined) {
        throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
      }
      return JSON.stringify(file);
    },
  });
}

function faultOf(world: World): string {
  try {
    resolve(world);
  } catch (error) {
    return String(error);
  }
  throw new Error("it was accepted");
}

describe("the flags of floe turn", () => {
  test("--host and --port are the relay's own, whatever the page's are", () => {
    const { config } = resolve({
      argv: ["--host", "10.0.0.7", "--port", "3479", "--turn-external-ip", "203.0.113.5", "--log-level", "warn"],
      file: { http: { host: "127.0.0.1", port: 8080 }, turn: { port: 1, host: "::1" } },
    });
    expect(config.turn).toMatchObject({ host: "10.0.0.7", port: 3479, externalIp: "203.0.113.5" });
    expect(config.http).toMatchObject({ host: "127.0.0.1", port: 8080 });
    expect(config.log.level).toBe("warn");
    expect(resolve({ argv: ["--turn-port", "3480"], env: { FLOE_TURN_USERS: "a:b" } }).config.turn.port).toBe(3480);
  });

  test.each([
    [
      ["--source", "test"],
      "usage/other-command: flag '--source' is not for floe turn. Leave it out, or run floe serve.",
    ],
    [["--no-turn"], "usage/other-command: flag '--no-turn' is not for floe turn. Leave it out, or run floe serve."],
    [["--frobnicate"], "usage/unknown-flag: flag '--frobnicate' is unknown. See floe turn --help."],
    [["--turn-secret=hunter3"], "usage/secret-flag: flag '--turn-secret' does not exist: other users can read flags."],
    [["clip.mp4"], "usage/unexpected-argument: argument 'clip.mp4' has no meaning here. See floe turn --help."],
    [["--port"], "usage/missing-value: flag '--port' requires a value. Write --port PORT."],
    [["--port", "x"], `usage/bad-value: flag '--port' has the bad value "x".`],
  ])("%j", (argv, line) => {
    const fault = faultOf({ argv });
    expect(fault).toContain(line);
    expect(fault).not.toContain("hunter");
  });
});

describe("credentials of floe turn", () => {
  test("are a secret or a user: without either nobody could use it", () => {
    expect(faultOf({ env: {} })).toBe(
      "config/turn-no-credentials: neither a secret nor a user is set, so nobody could use the relay. Set FLOE_TURN_SECRET (time-limited credentials), or FLOE_TURN_USERS=NAME:PASSWORD.",
    );
    expect(resolve({ env: {}, file: { turn: { users: { ada: "x" } } } }).config.turn.users).toHaveLength(1);
    expect(parseConfigObject({}).turn.secret.isEmpty).toBe(true);
  });

  test("are given as text, as an object or as a list", () => {
    const usersOf = (users: unknown) =>
      resolve({ file: { turn: { users } } }).config.turn.users.map(({ username, password }) => [
        username,
        password.reveal(),
      ]);
    const both = [
      ["ada", "x,y"],
      ["bob", "z"],
    ];
    expect(usersOf({ ada: "x,y", bob: "z" })).toEqual(both);
    expect(usersOf(both.map(([username, password]) => ({ username, password })))).toEqual(both);
    expect(usersOf('{"ada":"x,y","bob":"z"}')).toEqual(both);
    expect(usersOf("ada:x, bob:z")).toEqual([["ada", "x"], both[1]]);
    expect(usersOf("")).toEqual([]);
  });

  test("that are wrong are not repeated", () => {
    for (const users of ["ada", "ada:hunter2,ada:hunter3", "{ada:hunter2", [{ username: "ada" }]]) {
      const fault = faultOf({ file: { turn: { users } } });
      expect(fault).toMatch(/^config\/bad-value: 'turn\.users' in .* has a value that cannot be a secret\./);
      expect(fault).not.toContain("hunter");
    }
  });
});

test("the page's rules are not the relay's: no token is asked for, and none is warned about", () => {
  const { warnings } = resolve({ file: { http: { host: "0.0.0.0" } } });
  expect(warnings).toEqual([]);
});
