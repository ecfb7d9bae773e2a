import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import type { PartialServerConfig } from "../../../src/node/server/config/server-config.js";
import {
  describeNetwork,
  type Interfaces,
  mediaNetwork,
  networkFault,
  requireUdpPort,
  transportConfig,
} from "../../../src/node/server/media-network.js";

const address = (text: string, internal = false): NonNullable<Interfaces[string]>[number] => ({
  address: text,
  netmask: "255.255.255.0",
  family: "IPv4",
  mac: "00:00:00:00:00:00",
  internal,
  cidr: null,
});
const loopback = { lo: [address("127.0.0.1", true)] };
const container: Interfaces = { ...loopback, eth0: [address("172.17.0.2")] };
const hosted: Interfaces = { ...loopback, eth0: [address("198.51.100.7")] };

const open = (webrtc: PartialServerConfig["webrtc"] = {}) =>
  parseConfigObject({ http: { host: "0.0.0.0", insecure: true }, webrtc });
const faultOf = (interfaces: Interfaces, webrtc: PartialServerConfig["webrtc"] = {}): string | undefined =>
  networkFault(mediaNetwork(open(webrtc), interfaces));

describe("what viewers are told about where media comes from", () => {
  test("a server of this machine keeps its media on it", () => {
    const network = mediaNetwork(parseConfigObject({}), container);
    expect(describeNetwork(network)).toBe("127.0.0.1, any UDP port");
    expect(networkFault(network)).toBeUndefined();
  });

  test("a wide bind offers all addresses but the machine's own loop, and those in front", () => {
    const network = mediaNetwork(open({ externalIp: ["203.0.113.5"], udpPort: 50_000 }), container);
    expect(describeNetwork(network)).toBe("172.17.0.2, 203.0.113.5 in front, UDP port 50000");
    expect(describeNetwork(mediaNetwork(open({ udpPort: "50000-50010" }), hosted))).toBe(
      "198.51.100.7, UDP ports 50000 to 50010",
    );
  });

  test("ICE over TCP is said not to be there, and what to use instead", () => {
    expect(mediaNetwork(open(), hosted).iceTcp).toEqual({
      available: false,
      reason: expect.stringContaining("TURN over TCP"),
    });
  });
});

describe("what keeps viewers elsewhere away is told with its fix", () => {
  test("only private addresses: a container, or behind a NAT", () => {
    expect(faultOf(container)).toMatch(/^172\.17\.0\.2 can be reached within its own network only.*webrtc\.externalIp/);
    expect(faultOf(hosted)).toBeUndefined();
  });

  test("an external address without a port that could be forwarded", () => {
    expect(faultOf(container, { externalIp: ["203.0.113.5"] })).toContain("Set webrtc.udpPort");
    expect(faultOf(container, { externalIp: ["203.0.113.5"], udpPort: 50_000 })).toBeUndefined();
  });

  test("an external address in front of a loopback bind", () => {
    expect(faultOf(container, { externalIp: ["203.0.113.5"], udpPort: 50_000, bindAddress: "127.0.0.1" })).toContain(
      "Set webrtc.bindAddress",
    );
  });

  test("no network at all", () => {
    expect(faultOf(loopback)).toContain("no network address");
  });
});

describe("how the transport is asked", () => {
  test("it gets the ports, the address in front and the servers as they are configured", () => {
    expect(transportConfig(open({ udpPort: "50000-50010" }))).toMatchObject({ udpPort: { min: 50_000, max: 50_010 } });
    expect(transportConfig(open())).toEqual({ iceServers: [], externalIps: [] });
    const config = parseConfigObject({ webrtc: { iceServers: [{ urls: "stun:a.example" }] } });
    expect(transportConfig(config)).toMatchObject({
      bindAddress: "127.0.0.1",
      iceServers: [{ urls: ["stun:a.example"] }],
    });
  });

  test("a shared port that somebody holds is told before anybody comes", async () => {
    const holder = createSocket("udp4").bind(0, "127.0.0.1");
    await once(holder, "listening");
    onTestFinished(() => void holder.close());
    const { port } = holder.address();
    const config = (udpPort: number | string) => parseConfigObject({ webrtc: { udpPort } });
    await expect(requireUdpPort(config(port))).rejects.toMatchObject({ code: "webrtc/udp-port-in-use" });
    await expect(requireUdpPort(config(`${port}-${port + 1}`))).resolves.toBeUndefined();
  });
});
