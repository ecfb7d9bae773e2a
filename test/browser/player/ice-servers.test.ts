import fc from "fast-check";
import { expect, test } from "vitest";
import { parseIceServers } from "../../../src/browser/player/ice-servers.js";
import { FloeError } from "../../../src/core/error/floe-error.js";

test("a JSON array or one object is taken, and nothing for blank text", () => {
  expect(parseIceServers(" ")).toEqual([]);
  expect(parseIceServers('{"urls":"stun:a:3478"}')).toEqual([{ urls: ["stun:a:3478"] }]);
  expect(parseIceServers('[{"urls":["turn:a","TURNS:b?transport=tcp"],"username":"u","credential":"c"}]')).toEqual([
    { urls: ["turn:a", "TURNS:b?transport=tcp"], username: "u", credential: "c" },
  ]);
});

test.each([
  ["stun:a", "is not JSON"],
  ["[1]", "has a server 1 that is no object"],
  ['[{"urls":"stun:a"},null]', "has a server 2 that is no object"],
  ["[{}]", "has a server 1 without urls"],
  ['[{"urls":["stun:a",1]}]', "has a server 1 without urls"],
  ['[{"urls":"http://a"}]', "has a server 1 whose urls are not all of the kinds stun:, stuns:, turn: and turns:"],
  ['[{"urls":"turn:a","username":"u"}]', "has a server 1 for TURN without username and credential"],
])("%s is refused in words", (text, what) => {
  expect(() => parseIceServers(text)).toThrow(`The attribute ice-servers ${what}`);
});

test("no text makes it throw anything but an error with a fix, nor repeat a credential", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseIceServers(text);
      } catch (error) {
        expect(error).toBeInstanceOf(FloeError);
        expect((error as FloeError).fix).not.toBe("");
      }
    }),
  );
  expect(() => parseIceServers('[{"urls":"turn:a","credential":"hush"}]')).not.toThrow("hush");
});
