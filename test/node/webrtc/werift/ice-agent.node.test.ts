// One ICE agent against a peer made of bare sockets, which signs its messages or does not.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { classes, Message, methods, parseMessage } from "werift";
import { Logger } from "../../../../src/core/diagnosis/logger.js";
import { IceAgent } from "../../../../src/node/webrtc/werift/ice-agent.js";
import { loadWerift, type Werift } from "../../../../src/node/webrtc/werift/load-werift.js";

const REMOTE = { ufrag: "them", password: "a-password-of-22-chars" };
let werift: Werift;

beforeAll(async () => {
  werift = await loadWerift();
});

/** An address of the peer: it answers checks, and hears what is no STUN. */
class Address {
  readonly #socket: Socket;
  readonly #agent: IceAgent;
  readonly heard: string[] = [];
  readonly answers: Message[] = [];
  /** Checks of the agent with USE-CANDIDATE. */
  nominations = 0;

  private constructor(socket: Socket, agent: IceAgent) {
    this.#socket = socket;
    this.#agent = agent;
    socket.on("message", (bytes, from) => {
      const message = parseMessage(bytes);
      if (message === undefined) {
        this.heard.push(bytes.toString());
      } else if (message.messageClass === classes.REQUEST) {
        this.nominations += message.attributesKeys.includes("USE-CANDIDATE") ? 1 : 0;
        const answer = new Message(methods.BINDING, classes.RESPONSE, message.transactionId)
          .setAttribute("XOR-MAPPED-ADDRESS", [from.address, from.port])
          .addMessageIntegrity(Buffer.from(REMOTE.password))
          .addFingerprint();
        socket.send(answer.bytes, from.port, from.address);
      } else {
        this.answers.push(message);
      }
    });
  }

  static async open(agent: IceAgent): Promise<Address> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    onTestFinished(() => void socket.close());
    return new Address(socket, agent);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  say(text: string, port: number): void {
    this.#socket.send(text, port, "127.0.0.1");
  }

  check(port: number, { nominates = false, role = "ICE-CONTROLLING", password = this.#agent.password } = {}): void {
    const check = new Message(methods.BINDING, classes.REQUEST)
      .setAttribute("USERNAME", `${this.#agent.ufrag}:${REMOTE.ufrag}`)
      .setAttribute("PRIORITY", 1)
      .setAttribute(role as "ICE-CONTROLLING", 1n);
    if (nominates) {
      check.setAttribute("USE-CANDIDATE", null);
    }
    this.#socket.send(check.addMessageIntegrity(Buffer.from(password)).addFingerprint().bytes, port, "127.0.0.1");
  }
}

/** A started agent, and its port. */
async function start({ isLite = false } = {}): Promise<{ agent: IceAgent; port: number; found: Promise<void> }> {
  const agent = new IceAgent(werift, { ...REMOTE, isLite });
  onTestFinished(() => agent.close());
  const found = new Promise<void>((resolve) => agent.pathFound.on(resolve));
  const line = new Promise<string>((resolve) => agent.candidateGathered.on(resolve));
  agent.start({ bindAddress: "127.0.0.1", iceServers: [] }, Logger.silent());
  return { agent, found, port: Number((await line).split(" ")[5]) };
}

test("the address that the peer nominates is the one that is sent to, and another one once it changes its mind", async () => {
  const { agent, port, found } = await start();
  expect(agent.send(Buffer.from("~ too early"))).toBe(false);
  const [first, second] = [await Address.open(agent), await Address.open(agent)];
  first.check(port, { nominates: true });
  await found;
  agent.send(Buffer.from("~ one"));
  await expect.poll(() => first.heard).toEqual(["~ one"]);
  second.check(port);
  await expect.poll(() => second.answers.length).toBe(1);
  // What has been checked both ways may be nominated; until then the first one stays.
  await expect
    .poll(() => {
      second.check(port, { nominates: true });
      agent.send(Buffer.from("~ two"));
      return second.heard.at(-1);
    })
    .toBe("~ two");
});

test("only who has signed a check is listened to", async () => {
  const { agent, port, found } = await start();
  const [peer, stranger] = [await Address.open(agent), await Address.open(agent)];
  const heard: string[] = [];
  agent.received.on((bytes) => heard.push(bytes.toString()));
  stranger.check(port, { nominates: true, password: "somebody else's password" });
  stranger.say("~ a stranger", port);
  peer.check(port, { nominates: true });
  await found;
  stranger.say("~ a stranger", port);
  peer.say("~ the peer", port);
  await expect.poll(() => heard).toEqual(["~ the peer"]);
  expect(stranger.answers).toEqual([]);
});

test("of two that want to be led the peer is told to lead (RFC 8445 7.3.1.1)", async () => {
  const { agent, port } = await start();
  const peer = await Address.open(agent);
  peer.check(port, { role: "ICE-CONTROLLED" });
  await expect.poll(() => peer.answers.length).toBe(1);
  expect(peer.answers[0].getAttributeValue("ERROR-CODE")).toEqual([487, "Role Conflict"]);
});

test("a peer that only answers is led from here (RFC 8445 6.1.1)", async () => {
  const { agent, found } = await start({ isLite: true });
  const peer = await Address.open(agent);
  expect(agent.addRemoteCandidate(`candidate:1 1 udp 1 127.0.0.1 ${peer.port} typ host`)).toBe(true);
  await found;
  agent.send(Buffer.from("~ there"));
  await expect.poll(() => peer.heard).toEqual(["~ there"]);
  expect(peer.nominations).toBeGreaterThan(0);
});
