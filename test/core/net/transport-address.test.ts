// IP addresses as numbers and text (RFC 4291, RFC 5952).
import { describe, expect, test } from "vitest";
import { WireError } from "../../../src/core/error/floe-error.js";
import {
  formatIpAddress,
  formatTransportAddress,
  isSameIp,
  isSameTransportAddress,
  parseIpAddress,
} from "../../../src/core/net/transport-address.js";

describe("IP addresses", () => {
  test.each([
    ["0.0.0.0", [4, 0, 0, 0, 0]],
    ["255.255.255.255", [4, 0xffffffff, 0, 0, 0]],
    ["192.0.2.1", [4, 0xc0000201, 0, 0, 0]],
    ["::", [6, 0, 0, 0, 0]],
    ["::1", [6, 0, 0, 0, 1]],
    ["1::", [6, 0x10000, 0, 0, 0]],
    ["2001:db8:1234:5678:11:2233:4455:6677", [6, 0x20010db8, 0x12345678, 0x112233, 0x44556677]],
    ["2001:db8::1:0:0:1", [6, 0x20010db8, 0, 0x10000, 1]],
    ["1:0:2:3:4:5:6:7", [6, 0x10000, 0x20003, 0x40005, 0x60007]],
    ["::ffff:192.0.2.1", [6, 0, 0, 0xffff, 0xc0000201]],
  ] as const)("%s is read, and written as it was", (text, [family, ip0, ip1, ip2, ip3]) => {
    const address = parseIpAddress(text, 7);
    expect(address).toEqual({ family, ip0, ip1, ip2, ip3, port: 7 });
    expect(formatIpAddress(address)).toBe(text);
    expect(formatTransportAddress(address)).toBe(family === 4 ? `${text}:7` : `[${text}]:7`);
  });

  test("other spellings of one address are one address, and a zone is ignored", () => {
    const address = parseIpAddress("2001:DB8:0:0:0:0:0:1", 9);
    expect(isSameTransportAddress(parseIpAddress("2001:db8::1%eth0", 9), address)).toBe(true);
    expect(isSameIp(parseIpAddress("2001:db8::1", 10), address)).toBe(true);
    expect(isSameTransportAddress(parseIpAddress("2001:db8::1", 10), address)).toBe(false);
    expect(isSameIp(parseIpAddress("::c000:201"), parseIpAddress("192.0.2.1"))).toBe(false);
  });

  test.each([
    ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "localhost"],
    [
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "12345::",
      "::1.2.3",
      "1.2.3.4::",
    ],
  ])("text that is no address is refused", (...texts) => {
    for (const text of texts) {
      expect(() => parseIpAddress(text)).toThrow(WireError);
    }
    expect(() => parseIpAddress("1.2.3.4", 65_536)).toThrow(WireError);
  });
});
