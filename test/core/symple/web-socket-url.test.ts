import { expect, test } from "vitest";
import { webSocketUrl } from "../../../src/core/symple/web-socket-url.js";

test("http and https become ws and wss, the rest stays", () => {
  expect(webSocketUrl("http://a:1/ws?x=1")).toBe("ws://a:1/ws?x=1");
  expect(webSocketUrl("HTTPS://a/")).toBe("wss://a/");
  expect(webSocketUrl("ws://a")).toBe("ws://a");
  expect(webSocketUrl("wss://[::1]:4500/ws")).toBe("wss://[::1]:4500/ws");
});

test.each(["", "a", "/ws", "ftp://a", "ws://", "ws:///x"])("%j is refused, and the address is not repeated", (url) => {
  expect(() => webSocketUrl(url)).toThrow(/not a WebSocket/);
});
