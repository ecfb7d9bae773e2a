import { expect, test } from "vitest";
import { freshIceServers } from "../../../src/browser/player/fresh-ice-servers.js";
import { FakeClient } from "./fakes.js";

/** A client whose server gives these answers, one after the other. */
function clientWith(answers: readonly (readonly RTCIceServer[] | Error)[]) {
  let asked = 0;
  const client = Object.assign(new FakeClient(), {
    iceServers: async (): Promise<readonly RTCIceServer[]> => {
      const answer = answers[asked++];
      if (answer instanceof Error) {
        throw answer;
      }
      return answer ?? [];
    },
  });
  return { client, asked: () => asked };
}

const server = (urls: string): readonly RTCIceServer[] => [{ urls }];

test("the server is asked while the client still connects, and anew for each further call", async () => {
  const { client, asked } = clientWith([server("stun:a"), server("stun:b"), server("stun:c")]);
  const fresh = freshIceServers(client);
  expect(asked()).toBe(1);
  expect(await fresh?.()).toEqual(server("stun:a"));
  expect(asked()).toBe(1);
  expect(await fresh?.()).toEqual(server("stun:b"));
  expect(await fresh?.()).toEqual(server("stun:c"));
});

test("a server that was not there yet is asked again for the first call", async () => {
  const { client } = clientWith([new Error("no connection"), server("stun:b")]);
  expect(await freshIceServers(client)?.()).toEqual(server("stun:b"));
});

test("no answer is no server, and no failure", async () => {
  const { client } = clientWith([new Error("no connection"), new Error("still none")]);
  expect(await freshIceServers(client)?.()).toEqual([]);
});

test("a client that does not know leaves nothing to ask", () => {
  expect(freshIceServers(new FakeClient())).toBeUndefined();
});
