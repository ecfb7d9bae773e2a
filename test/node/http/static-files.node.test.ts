import { linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SECRET_TEXT, startHttp, webRoot } from "./http-harness.js";
import { ask } from "./raw-http.js";

const FILES = {
  "index.html": "<p>page",
  "docs/index.html": "<p>docs",
  "assets/app-a1B2c3D4.js": "export {}",
  "assets/plain.js": "export {}",
  "a b.txt": "spaced",
  "ä.txt": "umlaut",
  "empty.txt": "",
  ".env": SECRET_TEXT,
  ".git/config": SECRET_TEXT,
  "docs/.hidden/file.txt": SECRET_TEXT,
  "docs/..name.txt": SECRET_TEXT,
};

describe("a file", () => {
  test("is sent whole, with its type and length", async () => {
    const { port } = await startHttp({ root: webRoot(FILES).root });
    const { status, headers, body } = await ask(port, "/assets/plain.js");
    expect([status, body]).toEqual([200, "export {}"]);
    expect(headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(headers.get("content-length")).toBe("9");
  });

  test("of several megabytes arrives byte for byte", async () => {
    const content = "0123456789abcdef".repeat(200_000);
    const { port } = await startHttp({ root: webRoot({ "big.txt": content }).root });
    expect((await ask(port, "/big.txt")).body === content).toBe(true);
  });

  test("that is empty has length 0", async () => {
    const { port } = await startHttp({ root: webRoot(FILES).root });
    const { status, headers, body } = await ask(port, "/empty.txt");
    expect([status, headers.get("content-length"), body]).toEqual([200, "0", ""]);
  });

  test("is described to HEAD without its body", async () => {
    const { port } = await startHttp({ root: webRoot(FILES).root });
    const { status, headers, body } = await ask(port, "/assets/plain.js", { method: "HEAD" });
    expect([status, headers.get("content-length"), body]).toEqual([200, "9", ""]);
  });

  test("is found with a query behind it, with escapes in its name, and by the name of its folder", async () => {
    const { port } = await startHttp({ root: webRoot(FILES).root });
    const body = async (path: string): Promise<string> => (await ask(port, path)).body;
    expect(await body("/?token=abc")).toBe("<p>page");
    expect(await body("/docs/")).toBe("<p>docs");
    expect(await body("/a%20b.txt")).toBe("spaced");
    expect(await body("/%C3%A4.txt")).toBe("umlaut");
  });

  test.each([
    ["page.html", "text/html; charset=utf-8"],
    ["module.mjs", "text/javascript; charset=utf-8"],
    ["style.css", "text/css; charset=utf-8"],
    ["data.json", "application/json; charset=utf-8"],
    ["kernel.wasm", "application/wasm"],
    ["picture.svg", "image/svg+xml"],
    ["PICTURE.PNG", "image/png"],
    ["clip.mp4", "video/mp4"],
    ["app.webmanifest", "application/manifest+json; charset=utf-8"],
    ["unknown.xyz", "application/octet-stream"],
    ["noextension", "application/octet-stream"],
  ])("named %s is of the type %s", async (name, type) => {
    const { port } = await startHttp({ root: webRoot({ [name]: "x" }).root });
    expect((await ask(port, `/${name}`)).headers.get("content-type")).toBe(type);
  });
});

describe("a browser's cache", () => {
  test("keeps what is named by its content for ever, and asks each time for the rest", async () => {
    const { port } = await startHttp({ root: webRoot(FILES).root });
    const control = async (path: string): Promise<string | undefined> =>
      (await ask(port, path)).headers.get("cache-control");
    expect(await control("/assets/app-a1B2c3D4.js")).toBe("public, max-age=31536000, immutable");
    expect(await control("/assets/plain.js")).toBe("no-cache");
    expect(await control("/")).toBe("no-cache");
  });

  test("is told 304 without a body while the file is the same (RFC 9110 13.1.2)", async () => {
    const { port } = await startHttp({ root: webRoot(FILES).root });
    const etag = (await ask(port, "/")).headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    for (const known of [etag, etag.slice(2), `"other", ${etag}`, `${etag},W/"other"`, "*"]) {
      const { status, headers, body } = await ask(port, "/", { headers: { "If-None-Match": known } });
      expect([known, status, body, headers.get("etag")]).toEqual([known, 304, "", etag]);
    }
    expect((await ask(port, "/", { headers: { "If-None-Match": 'W/"other"' } })).status).toBe(200);
  });

  test("gets the new file once it has changed", async () => {
    const { root } = webRoot(FILES);
    const { port } = await startHttp({ root });
    const etag = (await ask(port, "/")).headers.get("etag") ?? "";
    writeFileSync(join(root, "index.html"), "<p>PAGE");
    utimesSync(join(root, "index.html"), 1_900_000_000, 1_900_000_000);
    const { status, body } = await ask(port, "/", { headers: { "If-None-Match": etag } });
    expect([status, body]).toEqual([200, "<p>PAGE"]);
  });
});

describe("a part of a file", () => {
  const CONTENT = "0123456789";
  const part = async (range: string, more: Readonly<Record<string, string>> = {}, method = "GET") => {
    const { port } = await startHttp({ root: webRoot({ "ten.txt": CONTENT }).root });
    const { status, headers, body } = await ask(port, "/ten.txt", { method, headers: { Range: range, ...more } });
    return { status, body, range: headers.get("content-range"), length: headers.get("content-length") };
  };

  test("is sent with its place (RFC 9110 15.3.7)", async () => {
    expect(await part("bytes=2-4")).toEqual({ status: 206, body: "234", range: "bytes 2-4/10", length: "3" });
    expect(await part("bytes=7-")).toEqual({ status: 206, body: "789", range: "bytes 7-9/10", length: "3" });
    expect(await part("bytes=-1")).toEqual({ status: 206, body: "9", range: "bytes 9-9/10", length: "1" });
  });

  test("behind the end is refused with the length there is (15.5.17)", async () => {
    expect(await part("bytes=10-")).toEqual({ status: 416, body: "", range: "bytes */10", length: "0" });
  });

  test("is left for the whole when it is none, when there are several, for HEAD, and when the rest may be another's", async () => {
    const whole = { status: 200, body: CONTENT, range: undefined, length: "10" };
    expect(await part("bytes=5-4")).toEqual(whole);
    expect(await part("bytes=0-1,3-4")).toEqual(whole);
    expect(await part("bytes=0-1", {}, "HEAD")).toEqual({ ...whole, body: "" });
    // A weak validator says that the file looks the same, not that its bytes are (13.1.5).
    const { port } = await startHttp({ root: webRoot({ "ten.txt": CONTENT }).root });
    const etag = (await ask(port, "/ten.txt")).headers.get("etag") ?? "";
    expect(await part("bytes=0-1", { "If-Range": etag })).toEqual(whole);
  });
});

describe("hostile paths", () => {
  const up = [
    `/../secret.txt`,
    `/../../secret.txt`,
    `/docs/../../secret.txt`,
    `/docs/..`,
    `/./index.html`,
    `/..`,
    `/.`,
    `/...`,
    `/..;/secret.txt`,
    `/docs/..;/..;/secret.txt`,
    `//secret.txt`,
    `//../secret.txt`,
    `///etc/passwd`,
    `//etc/passwd`,
    `/docs//index.html`,
    `/../root/index.html`,
    `/../rootx/secret.txt`,
  ];
  const encoded = [
    `/%2e%2e/secret.txt`,
    `/%2E%2E/secret.txt`,
    `/.%2e/secret.txt`,
    `/%2e./secret.txt`,
    `/..%2fsecret.txt`,
    `/%2e%2e%2fsecret.txt`,
    `/docs%2f..%2f..%2fsecret.txt`,
    `/%2fetc%2fpasswd`,
    `/%2e%2e%5csecret.txt`,
    `/..%5csecret.txt`,
    `/%5c..%5csecret.txt`,
    `/..\\secret.txt`,
    `/\\..\\secret.txt`,
    `/%252e%252e/secret.txt`,
    `/%252e%252e%252fsecret.txt`,
    `/..%252fsecret.txt`,
    `/%25252e%25252e%25252fsecret.txt`,
    `/%e2%80%a5/secret.txt`,
    `/%ef%bc%8e%ef%bc%8e/secret.txt`,
    `/..%00/secret.txt`,
    `/index.html%00`,
    `/index.html%00.png`,
    `/%00`,
    `/docs/%00../../secret.txt`,
    `/index.html%0d%0aX-Injected:%201`,
  ];
  const hidden = [
    "/.env",
    "/%2eenv",
    "/.git/config",
    "/%2egit%2fconfig",
    "/docs/.hidden/file.txt",
    "/docs/..name.txt",
    "/.well-known/../.env",
  ];
  const notFiles = ["/docs", "/index.html/", "/index.html/x", "/assets/", `/${"a".repeat(300)}`, "/C:/secret.txt"];

  test.each([...up, ...encoded, ...hidden, ...notFiles])("%s is not there", async (path) => {
    const { port } = await startHttp({ root: webRoot(FILES).root });
    const { status, headers, body } = await ask(port, path);
    expect([status, body, headers.get("x-injected")]).toEqual([404, "Not found\n", undefined]);
  });

  test.each([
    "/%c0%ae%c0%ae/secret.txt",
    "/..%c0%af../secret.txt",
    "/%e0%80%ae%e0%80%ae/secret.txt",
  ])("%s, an overlong form of dots and slashes, is no request", async (path) => {
    const { port } = await startHttp({ root: webRoot(FILES).root });
    expect((await ask(port, path)).status).toBe(400);
  });
});

describe("links", () => {
  test("that lead out of the root do not exist, whether to a file, to a folder or by a chain", async () => {
    const { outside, root } = webRoot(FILES);
    symlinkSync(join(outside, "secret.txt"), join(root, "file-link.txt"));
    symlinkSync("../secret.txt", join(root, "relative-link.txt"));
    symlinkSync(outside, join(root, "folder-link"));
    symlinkSync(join(root, "folder-link"), join(root, "chain"));
    symlinkSync("/", join(root, "slash"));
    const { port } = await startHttp({ root });
    for (const path of ["/file-link.txt", "/relative-link.txt", "/folder-link/secret.txt", "/chain/secret.txt"]) {
      expect([path, (await ask(port, path)).status]).toEqual([path, 404]);
    }
    expect((await ask(port, "/slash/etc/passwd")).status).toBe(404);
  });

  test("to a folder whose name begins like the root's do not pass for the root", async () => {
    const { outside, root } = webRoot(FILES);
    mkdirSync(join(outside, "root-private"));
    writeFileSync(join(outside, "root-private", "secret.txt"), SECRET_TEXT);
    symlinkSync(join(outside, "root-private"), join(root, "neighbour"));
    const { port } = await startHttp({ root });
    expect((await ask(port, "/neighbour/secret.txt")).status).toBe(404);
  });

  test("that stay inside are followed, and loops are not there", async () => {
    const { root } = webRoot(FILES);
    symlinkSync("docs/index.html", join(root, "inside.html"));
    symlinkSync("loop", join(root, "loop"));
    linkSync(join(root, "a b.txt"), join(root, "hard.txt"));
    const { port } = await startHttp({ root });
    expect((await ask(port, "/inside.html")).body).toBe("<p>docs");
    expect((await ask(port, "/hard.txt")).body).toBe("spaced");
    expect((await ask(port, "/loop")).status).toBe(404);
  });

  test("may name the root itself", async () => {
    const { outside, root } = webRoot(FILES);
    symlinkSync(root, join(outside, "current"));
    const { port } = await startHttp({ root: join(outside, "current") });
    expect((await ask(port, "/")).body).toBe("<p>page");
  });
});

test("a root that does not exist is an empty one, until it does", async () => {
  const { outside } = webRoot();
  const root = join(outside, "later");
  const { port } = await startHttp({ root });
  expect((await ask(port, "/")).status).toBe(404);
  mkdirSync(root);
  writeFileSync(join(root, "index.html"), "here");
  expect((await ask(port, "/")).body).toBe("here");
});
