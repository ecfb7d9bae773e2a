// A STUN and TURN server in a program of yours, and a page's credentials for it. FFmpeg and WebRTC are not loaded.
//
//   node examples/turn-relay.ts [PORT] [EXTERNAL-IP]        Node 22.18 or newer runs TypeScript as it is
//
// Who only wants a relay writes `FLOE_TURN_SECRET=… floe turn`. Here is what to do when users are yours: whom you let in gets a
// name and a password that are good for an hour, and whom you throw out loses the relay at once.
import { randomBytes } from "node:crypto";
import { EphemeralCredentials, ephemeralCredentials, Secret, seconds } from "floe";
import { NodeClock, openLogger, TurnServer } from "floe/node";

const [port = "3478", externalIp = ""] = process.argv.slice(2);
const clock = new NodeClock();
// Keep it where your other secrets are; without one it is drawn anew at each start. Two may be live while one replaces the
// other, the newer first.
const secret = new Secret(process.env.RELAY_SECRET || randomBytes(24).toString("base64url"));

const server = await TurnServer.start({
  credentials: new EphemeralCredentials([secret], { wallUs: () => clock.wallUs() }),
  port: Number(port),
  externalIp,
  // One user's browser makes an allocation for each way to the relay and each network that it is in.
  limits: { allocationsPerUser: 10, bitrateBps: 5_000_000 },
  // Peers in private networks are refused, so that the relay is no way into yours. Open only what you mean to.
  allowPeers: (process.env.RELAY_ALLOW ?? "").split(",").filter(Boolean),
  logger: openLogger({ level: "info" }),
});

/** What a page gives to RTCPeerConnection as `iceServers`. `host` is the name or address by which it reaches this machine. */
function iceServersFor(user: string, host: string): object[] {
  const expiresUs = clock.wallUs() + seconds(3600);
  const urls = ["udp", "tcp"].map((transport) => `turn:${host}:${server.port}?transport=${transport}`);
  return [{ urls: [`stun:${host}:${server.port}`] }, { urls, ...ephemeralCredentials(secret, { user, expiresUs }) }];
}

server.events.on((event) => {
  if (event.kind === "allocated") {
    console.log(`${event.user} has a relay`);
  } else if (event.kind === "released") {
    console.log(`${event.user} sent ${event.bytesFromClient} and got ${event.bytesToClient} bytes (${event.reason})`);
  }
});

console.log(
  `Relaying from ${server.relayAddresses.join(", ")}; open beyond the internet: ${server.report().openRanges}`,
);
console.log(JSON.stringify(iceServersFor("ada", externalIp || "127.0.0.1")));

process.once("SIGHUP", () => server.endUser("ada")); // Ada is thrown out.
process.once("SIGINT", () => void server.close());
