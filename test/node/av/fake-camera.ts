// A camera in a few lines: RTSP 1.0 over TCP with interleaved RTP (RFC 2326 10.12), playing a clip in a loop, and
// misbehaving in every way that a test asks for.
import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { isAvcC, parseAvcC } from "../../../src/core/payload/h264/avcc.js";
import { Demuxer, ticksToUs } from "../../../src/node/av/demuxer.js";
import { freePacket } from "../../../src/node/av/live-handles.js";
import { type ClipOptions, makeClip } from "./make-clip.js";
import { temporaryFolder } from "./rig.js";

/** One RTP packet of a clip, but for its header. */
type Piece = { readonly timeUs: number; readonly track: 0 | 1; readonly bytes: Uint8Array; readonly isLast: boolean };

/** What a camera plays, over and over. */
export type CameraClip = {
  readonly pieces: readonly Piece[];
  readonly lengthUs: number;
  readonly sprop: string;
  readonly hasAudio: boolean;
  /** RTP payload type of the sound: 0 is PCMU, 8 PCMA (RFC 3551 table 4). Default 0. */
  readonly audioFormat?: 0 | 8;
};

/** How a camera answers. */
export type CameraManners = {
  /** Asks for credentials. */
  readonly auth?: { readonly kind: "basic" | "digest"; readonly user: string; readonly password: string };
  /** Answers DESCRIBE with this instead of a description: `404 Not Found`. */
  readonly status?: string;
  /** Describes itself like this. */
  readonly sdp?: string;
  /** Takes this request and never answers it; "all": nothing is ever answered. */
  readonly deafTo?: string;
};

/** Makes a clip for a camera: H.264, and PCMU when sound is asked for. */
export async function cameraClip(options: Partial<ClipOptions> = {}): Promise<CameraClip> {
  const path = join(temporaryFolder(), "camera.mkv");
  const sound = { audioEncoder: "pcm_mulaw", sampleRateHz: 8000, channels: 1 } as const;
  await makeClip({ width: 160, height: 90, seconds: 1, fps: 25, bFrames: 0, audio: false, ...sound, ...options, path });
  const demuxer = await Demuxer.open(path);
  const pieces: Piece[] = [];
  const { video, audio } = demuxer.tracks;
  if (video === undefined) {
    throw new Error("the clip has no video");
  }
  for (const [track, kind] of [video, audio].entries()) {
    for (let packet = await demuxer.next(kind?.kind ?? "audio"); typeof packet !== "string"; ) {
      const timeUs = ticksToUs(packet.pts, (kind ?? video).timeBase);
      const data = Uint8Array.from(packet.data ?? []);
      freePacket(packet);
      pieces.push(
        ...(track === 0 ? nalPieces(data, timeUs) : [{ timeUs, track: 1 as const, bytes: data, isLast: true }]),
      );
      packet = await demuxer.next(kind?.kind ?? "audio");
    }
  }
  const extradata = video.codecParameters.extradata ?? new Uint8Array(0);
  const sets = isAvcC(extradata) ? parseAvcC(extradata).parameterSets : [];
  const sprop = sets.map((set) => Buffer.from(set).toString("base64")).join(",");
  await demuxer.close();
  pieces.sort((one, other) => one.timeUs - other.timeUs);
  const lengthUs = (options.seconds ?? 1) * 1_000_000;
  return { pieces, lengthUs, sprop, hasAudio: audio !== undefined };
}

/** The NAL units of one access unit with four-byte lengths, each a packet of its own (RFC 6184 5.6). */
function nalPieces(data: Uint8Array, timeUs: number): Piece[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const pieces: Piece[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const end = at + 4 + view.getUint32(at);
    pieces.push({ timeUs, track: 0, bytes: data.subarray(at + 4, end), isLast: end >= data.length });
    at = end;
  }
  return pieces;
}

/** A camera on loopback. It is closed when the test is over. */
export class FakeCamera {
  #clip: CameraClip;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #manners: CameraManners;
  #isMute = false;
  #port = 0;
  /** Requests that came, without their headers: `DESCRIBE rtsp://…`. */
  readonly requests: string[] = [];

  private constructor(clip: CameraClip, manners: CameraManners) {
    this.#clip = clip;
    this.#manners = manners;
  }

  static async start(clip: CameraClip, manners: CameraManners = {}): Promise<FakeCamera> {
    const camera = new FakeCamera(clip, manners);
    onTestFinished(() => camera.stop());
    await camera.restart();
    return camera;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  url(credentials = ""): string {
    return `rtsp://${credentials === "" ? "" : `${credentials}@`}127.0.0.1:${this.#port}/live`;
  }

  /** Comes back, on the same port; with other manners or another clip, if they are given. */
  async restart(manners: CameraManners = this.#manners, clip: CameraClip = this.#clip): Promise<void> {
    this.#manners = manners;
    this.#clip = clip;
    this.#isMute = false;
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((done) => {
      server.listen(this.#port, "127.0.0.1", done);
    });
    const address = server.address();
    this.#port = address !== null && typeof address === "object" ? address.port : 0;
  }

  /** Is switched off: connections break, new ones are refused. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await new Promise<void>((done) => {
      server === undefined ? done() : server.close(() => done());
    });
  }

  /** Keeps its connections, and sends nothing more on them. */
  mute(): void {
    this.#isMute = true;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let received = Buffer.alloc(0);
    let timer: NodeJS.Timeout | undefined;
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(timer);
      this.#sockets.delete(socket);
    });
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        // The receiver reports of the client come in between: "$", channel, length.
        if (received[0] === 0x24 && received.length >= 4 && received.length >= 4 + received.readUInt16BE(2)) {
          received = received.subarray(4 + received.readUInt16BE(2));
          continue;
        }
        const end = received.indexOf("\r\n\r\n");
        if (received[0] === 0x24 || end < 0) {
          return;
        }
        const request = received.subarray(0, end).toString("latin1");
        received = received.subarray(end + 4);
        const method = this.#answer(socket, request);
        if (method === "PLAY") {
          timer ??= this.#play(socket);
        }
      }
    });
  }

  #answer(socket: Socket, request: string): string {
    const [, method = "", uri = ""] = /^(\w+) (\S+)/.exec(request) ?? [];
    const { deafTo, status, auth } = this.#manners;
    this.requests.push(`${method} ${uri}`);
    if (deafTo === method || deafTo === "all") {
      return "";
    }
    const reply = (line: string, headers: readonly string[] = [], body = ""): void => {
      const cseq = /^CSeq: *(\d+)/im.exec(request)?.[1] ?? "0";
      const length = body === "" ? [] : [`Content-Length: ${body.length}`];
      socket.write([`RTSP/1.0 ${line}`, `CSeq: ${cseq}`, ...headers, ...length, "", body].join("\r\n"));
    };
    if (method === "OPTIONS") {
      reply("200 OK", ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"]);
    } else if (auth !== undefined && !isAuthorized(request, method, auth)) {
      const challenge = auth.kind === "basic" ? 'Basic realm="cam"' : 'Digest realm="cam", nonce="5f3a"';
      reply("401 Unauthorized", [`WWW-Authenticate: ${challenge}`]);
    } else if (method === "DESCRIBE" && status !== undefined) {
      reply(status);
    } else if (method === "DESCRIBE") {
      reply("200 OK", ["Content-Type: application/sdp", `Content-Base: ${uri}/`], this.#manners.sdp ?? this.#sdp());
    } else if (method === "SETUP") {
      const channels = /interleaved=([\d-]+)/.exec(request)?.[1] ?? "0-1";
      reply("200 OK", [`Transport: RTP/AVP/TCP;unicast;interleaved=${channels}`, "Session: 7;timeout=60"]);
    } else {
      reply("200 OK", ["Session: 7"]);
      return method;
    }
    return method;
  }

  #sdp(): string {
    const { sprop, hasAudio, audioFormat = 0 } = this.#clip;
    const video = [
      "m=video 0 RTP/AVP 96",
      "a=rtpmap:96 H264/90000",
      `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${sprop}`,
    ];
    const audio = [`m=audio 0 RTP/AVP ${audioFormat}`, "a=control:track1"];
    const session = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=fake", "c=IN IP4 0.0.0.0", "t=0 0"];
    return [...session, ...video, "a=control:track0", ...(hasAudio ? audio : []), ""].join("\r\n");
  }

  #play(socket: Socket): NodeJS.Timeout {
    const { pieces, lengthUs, audioFormat = 0 } = this.#clip;
    const beganMs = performance.now();
    const sequence = [0, 0];
    let next = 0;
    return setInterval(() => {
      const elapsedUs = (performance.now() - beganMs) * 1000;
      for (;;) {
        const piece = pieces[next % pieces.length];
        const timeUs = piece.timeUs + Math.floor(next / pieces.length) * lengthUs;
        if (timeUs > elapsedUs) {
          return;
        }
        next++;
        if (!this.#isMute) {
          socket.write(interleaved(piece, timeUs, sequence[piece.track]++, piece.track === 0 ? 96 : audioFormat));
        }
      }
    }, 5);
  }
}

function interleaved({ track, bytes, isLast }: Piece, timeUs: number, sequence: number, format: number): Uint8Array {
  const packet = Buffer.alloc(16 + bytes.length);
  packet.writeUInt8(0x24, 0);
  packet.writeUInt8(2 * track, 1);
  packet.writeUInt16BE(12 + bytes.length, 2);
  packet.writeUInt8(0x80, 4);
  packet.writeUInt8(format | (isLast ? 0x80 : 0), 5);
  packet.writeUInt16BE(sequence & 0xffff, 6);
  packet.writeUInt32BE(Math.round((timeUs * (track === 0 ? 90 : 8)) / 1000) >>> 0, 8);
  packet.writeUInt32BE(1234 + track, 12);
  packet.set(bytes, 16);
  return packet;
}

function isAuthorized(request: string, method: string, auth: NonNullable<CameraManners["auth"]>): boolean {
  const header = /^Authorization: *(.*)$/im.exec(request)?.[1] ?? "";
  const { user, password } = auth;
  if (auth.kind === "basic") {
    return header === `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }
  const field = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(header)?.[1] ?? "";
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
  const expected = md5(`${md5(`${user}:cam:${password}`)}:5f3a:${md5(`${method}:${field("uri")}`)}`);
  return field("username") === user && field("response") === expected;
}
