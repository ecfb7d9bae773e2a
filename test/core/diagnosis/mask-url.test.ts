import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSecretName, maskUrl } from "../../../src/core/diagnosis/mask-url.js";

describe("maskUrl", () => {
  test.each([
    ["rtsp://user:pw@cam.local:554/1", "rtsp://***@cam.local:554/1"],
    ["rtsp://user@cam.local/1", "rtsp://***@cam.local/1"],
    ["rtsp://user:p@ss@cam.local/1", "rtsp://***@cam.local/1"],
    ["rtsp://user:pa/ss@cam.local/1", "rtsp://***@cam.local/1"],
    ["rtsp://user:pa:12/ss@cam.local/1", "rtsp://***@cam.local/1"],
    ["rtsp://user:pa?ss#x@cam.local/1", "rtsp://***@cam.local/1"],
    ["cannot open 'rtsp://u:p@a/1' and srt://u:p@b:9000", "cannot open 'rtsp://***@a/1' and srt://***@b:9000"],
    ["RTSP://U:P@[::1]:554/", "RTSP://***@[::1]:554/"],
    ["http://h/open?url=rtsp%3A%2F%2Fu%3Ap%40cam%2F1&n=1", "http://h/open?url=rtsp%3A%2F%2F***%40cam%2F1&n=1"],
  ])("user info of %s is masked", (text, masked) => {
    expect(maskUrl(text)).toBe(masked);
  });

  test.each([
    ["/ws?token=abc", "/ws?token=***"],
    ["http://h/?a=1&access_token=x.y-z&b=2", "http://h/?a=1&access_token=***&b=2"],
    ["srt://h:1?passphrase=secretsecret&mode=caller", "srt://h:1?passphrase=***&mode=caller"],
    ["http://h/#id_token=abc", "http://h/#id_token=***"],
    ["GET /api?API-KEY=abc;sig=def", "GET /api?API-KEY=***;sig=***"],
    ["http://h/?%74oken=abc", "http://h/?%74oken=***"],
    ["token=abc", "token=***"],
    ["Authorization: Bearer abc.def==", "Authorization: Bearer ***"],
    ["Proxy says Basic dXNlcjpwdw==", "Proxy says Basic ***"],
  ])("token-like values of %s are masked", (text, masked) => {
    expect(maskUrl(text)).toBe(masked);
  });

  test.each([
    "http://127.0.0.1:4500/",
    "http://127.0.0.1:4500/@floe/page?width=1280&height=720",
    "clip@home.mp4",
    "mail me@example.org",
    "http://[::1]:4500/a@b",
    "frames=1 monkey=2",
    "",
    "plain text",
  ])("%j stays as it is", (text) => {
    expect(maskUrl(text)).toBe(text);
  });

  test("a password never survives, whatever printable characters it holds", () => {
    const password = fc
      .stringMatching(/^[A-Za-z0-9!$&()*+,;=:~._%/?#-]{6,24}$/)
      .filter((text) => !/^\d*[/?#]/.test(text));
    fc.assert(
      fc.property(password, (secret) => {
        expect(maskUrl(`open rtsp://admin:${secret}@camera.local/stream failed`)).not.toContain(`${secret}@`);
      }),
    );
  });

  test("masking twice changes nothing more", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const once = maskUrl(`${a}://u:p@${b}?token=${a}`);
        expect(maskUrl(once)).toBe(once);
      }),
    );
  });

  test("long hostile text is masked in linear time", () => {
    const hostile = ["://a:", "token", "?a=", "://", "%3A%2F%2F", "Bearer "].map((part) => part.repeat(20_000));
    for (const text of hostile) {
      expect(maskUrl(`${text} @ %40 =`).length).toBeGreaterThan(0);
    }
  }, 2000);
});

test("names that carry secrets are known, whatever their case", () => {
  for (const name of ["token", "X-Floe-Token", "accessToken", "authorization", "password", "api_key", "key", "sig"]) {
    expect(isSecretName(name)).toBe(true);
  }
  for (const name of ["keyframe", "monkey", "author", "bitrate", "signal", "host"]) {
    expect(isSecretName(name)).toBe(false);
  }
});
