// What can be wrong with a step of a connection test: one sentence about it and one about its fix, with a stable code.
import type { CheckFault } from "./check-step.js";
import { hostAndPort, type ServerAccess } from "./ice-url.js";

/** The page cannot do WebRTC at all. */
export function noWebRtc(): CheckFault {
  return {
    code: "check/no-webrtc",
    message: "This browser has no WebRTC",
    fix: "Use a current browser, with WebRTC switched on.",
  };
}

/** Gathering gave no address of the device. */
export function noHostCandidates(): CheckFault {
  return {
    code: "check/no-host-candidates",
    message: "This browser offers no address of this device",
    fix: "Look for a setting, an extension or a policy that keeps WebRTC to a proxy or a VPN, and for a network that is down.",
  };
}

/** DNS has no answer for the server's name. */
export function unknownName({ host }: ServerAccess): CheckFault {
  return {
    code: "check/unknown-name",
    message: `The name ${host} cannot be resolved`,
    fix: "Check the name in the server's settings, and this device's DNS.",
  };
}

/** Nothing came back by UDP in time, and nothing else is known yet. */
export function noAnswer(server: ServerAccess): CheckFault {
  return {
    code: "check/no-answer",
    message: `${hostAndPort(server)} does not answer by UDP`,
    fix: `Check that the server runs, and that UDP port ${server.port} is open and forwarded to it.`,
  };
}

/** The same server answers by TCP, and nothing answers by UDP. */
export function udpBlocked(server: ServerAccess): CheckFault {
  return {
    code: "check/udp-blocked",
    message: `UDP is blocked on this network: ${hostAndPort(server)} does not answer by UDP, and the server answers by TCP`,
    fix: `Let UDP out to port ${server.port}. Until then media takes TURN by TCP or TLS, which adds delay.`,
  };
}

/** The same server answers by TCP, and UDP works elsewhere. */
export function udpClosed(server: ServerAccess): CheckFault {
  return {
    code: "check/udp-closed",
    message: `${hostAndPort(server)} does not answer by UDP, although the server answers by TCP and UDP works here`,
    fix: `Open UDP port ${server.port} at the server, and forward it there.`,
  };
}

/** No TCP connection, or one on which nothing came. */
export function noConnection(server: ServerAccess): CheckFault {
  return {
    code: "check/no-connection",
    message: `No TCP connection to ${hostAndPort(server)} comes about`,
    fix: `Check that the server runs, and that TCP port ${server.port} is open and forwarded to it.`,
  };
}

/** By TCP or TLS nothing came in time, not even a refusal. */
export function silentConnection(server: ServerAccess): CheckFault {
  return {
    code: "check/silent",
    message: `${hostAndPort(server)} does not answer by TCP`,
    fix: `Check that a TURN server runs at TCP port ${server.port}, and that no firewall holds its packets back.`,
  };
}

/** Browsers do not tell a refused connection from a certificate that they do not trust. */
export function noTls(server: ServerAccess): CheckFault {
  return {
    code: "check/no-tls",
    message: `No TLS connection to ${hostAndPort(server)} comes about: nothing listens there, or this browser does not trust the certificate`,
    fix: `Give the server a certificate for ${server.host} that browsers trust, and open TCP port ${server.port}.`,
  };
}

/** The server has answered, and said no. */
export function refused(server: ServerAccess, code: number, text: string): CheckFault {
  const where = hostAndPort(server);
  switch (code) {
    case 401:
      return {
        code: "check/unauthorized",
        message: `${where} refuses the user name or the password`,
        fix: "Check username and credential; those that the server hands out end after a while, so load the page again.",
      };
    case 486:
      return {
        code: "check/quota",
        message: `${where} gives this user no more relays`,
        fix: "Close other pages that watch, wait a minute, or raise the server's limit of allocations.",
      };
    default:
      return {
        code: "check/refused",
        message: `${where} refuses a relay (${code}${text === "" ? "" : ` ${text.replace(/\.$/, "")}`})`,
        fix: "The server's log says more.",
      };
  }
}

/** There is a relay, and nothing arrives at the address that it tells. */
export function relayAddress(address: string): CheckFault {
  return {
    code: "check/relay-address",
    message: `The relay advertises ${address}, which does not lead to it`,
    fix: "Set turn.externalIp to the address at which the relay is reached from outside, and open its range of UDP ports there.",
  };
}

/** The server tells an address of its own for STUN and TURN, and nothing is there. */
export function externalAddress({ host, port }: ServerAccess, reachedAt: string): CheckFault {
  return {
    code: "check/external-address",
    message: `The server advertises ${host}, which does not lead to it: nothing answers there, while ${reachedAt} answers`,
    fix: `Set turn.externalIp to the address at which the server is reached from outside, and open port ${port} there.`,
  };
}

/** Relays work, and no path to the server came about through them. */
export function mediaUnreachable(tried: string): CheckFault {
  return {
    code: "check/media-unreachable",
    message: `The relay works, and the server's media cannot be reached through it. ${tried}`,
    fix: "Let the TURN server reach the server's media: list its address in turn.allowPeers, or set webrtc.externalIp to one that can be reached.",
  };
}
