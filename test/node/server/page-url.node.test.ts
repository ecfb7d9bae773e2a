import { expect, test } from "vitest";
import { pageUrl } from "../../../src/node/server/page-url.js";

test.each([
  ["127.0.0.1", "http://127.0.0.1:4500/"],
  ["localhost", "http://localhost:4500/"],
  ["192.168.1.5", "http://192.168.1.5:4500/"],
  ["::1", "http://[::1]:4500/"],
  ["0.0.0.0", "http://127.0.0.1:4500/"],
  ["::", "http://[::1]:4500/"],
  ["0:0:0:0:0:0:0:0", "http://[::1]:4500/"],
])("the page of %s is at %s", (host, url) => {
  expect(pageUrl(host, 4500)).toBe(url);
});
