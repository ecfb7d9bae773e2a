import { expect, test } from "vitest";
import { namesThisMachine } from "../../../src/node/http/allowed-host.js";

test.each([
  "localhost",
  "LocalHost:4500",
  "127.0.0.1",
  "127.0.0.1:4500",
  "127.1.2.3:65535",
  "[::1]",
  "[::1]:4500",
])("%s names this machine", (host) => {
  expect(namesThisMachine(host)).toBe(true);
});

test.each([
  undefined,
  "",
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil.example:127",
  "localhost:4500.evil.example",
  "localhost@evil.example",
  "evil.example/localhost",
  "localhost, evil.example",
  " localhost",
  "localhost ",
  "localhost\n",
  "localhost:",
  "localhost:123456",
  "::1",
  "[::1",
  "[::2]",
  "0.0.0.0",
  "10.0.0.1",
  "128.0.0.1",
  "1127.0.0.1",
])("%j does not", (host) => {
  expect(namesThisMachine(host)).toBe(false);
});
