// FloeServer: HTTP, signalling and the mode, assembled. Installs no signal handlers and never ends the process.
import { Logger } from "../../core/diagnosis/logger.js";
import { maskUrl } from "../../core/diagnosis/mask-url.js";
import { Signal } from "../../core/signal/signal.js";
import type { Micros } from "../../core/time/units.js";
import { NodeEntropy } from "../crypto/node-entropy.js";
import { namesThisMachine } from "../http/allowed-host.js";
import { HttpServer } from "../http/http-server.js";
import { StaticFiles } from "../http/static-files.js";
import type { Recorder } from "../record/recorder.js";
import { tokenAuthenticator } from "../symple/authenticate.js";
import { SympleSocketServer } from "../symple/symple-socket-server.js";
import { NodeClock } from "../time/node-clock.js";
import { type AcquiredTransport, acquireTransport } from "../webrtc/acquire-transport.js";
import type { TransportLibrary } from "../webrtc/transport-library.js";
import { apiRoutes } from "./api-routes.js";
import { type ConfigSources, explicitVideoKeys } from "./config/build-config.js";
import { isLoopback } from "./config/exposure.js";
import { resolveConfigObject } from "./config/parse-config-object.js";
import type { PartialServerConfig, ServerConfig } from "./config/server-config.js";
import { requireUdpPort, transportConfig } from "./media-network.js";
import type { ReceivedPublisher } from "./modes/record/received-publisher.js";
import { RecordMode } from "./modes/record/record-mode.js";
import type { ServerMode } from "./modes/server-mode.js";
import { StreamMode } from "./modes/stream/stream-mode.js";
import type { OpenStreamSource, StreamSink } from "./modes/stream/stream-source.js";
import { pageFolder } from "./package-facts.js";
import { pageUrl } from "./page-url.js";
import type { ServerEvent } from "./server-event.js";
import { type StatusInput, statusBody } from "./status-body.js";
import { EmbeddedTurn } from "./turn/embedded-turn.js";
import { OwnMedia } from "./turn/own-media.js";
import type { TurnStanding } from "./turn/turn-standing.js";
import { requirePage } from "./web-root.js";

/** What a program may add to a configuration. */
export type FloeServerOptions = {
  /** Hears what happens; silent when left out. */
  readonly logger?: Logger;
  /** Aborting closes the server, or rejects `start` with the signal's reason while it starts. */
  readonly signal?: AbortSignal;
  /** Opens a source of your own, which is played instead of `media.source`: for the first viewer, and again after a close. */
  readonly source?: OpenStreamSource;
  /** Take what the viewers get, or what the source decoded, while it is open: while somebody watches. */
  readonly sinks?: readonly StreamSink[];
  /**
   * Record mode: takes what a publisher sends, beside the recording. Called when its call is answered, before any media. What it
   * throws, and what its streams fail at, does not hurt the recording; what takes long belongs behind a queue or a hop.
   */
  readonly received?: (publisher: ReceivedPublisher) => void;
  /** Where each key's value comes from, for a configuration that was resolved elsewhere; else the object gave what it has. */
  readonly configSources?: ConfigSources;
  /** For tests and benches: outgoing RTP packets for which this is true are lost on the way. */
  readonly isLost?: (packet: Uint8Array) => boolean;
};

/** A running server. */
export class FloeServer {
  /**
   * Happenings as plain objects. Stream mode: `viewer-joined`, `viewer-left`, `source-changed` with what presence tells of it. Record
   * mode: `publisher-joined`, `publisher-left`, `recording-started`, `-paused`, `-resumed`, `-ended`, `-removed`, and `recording-failed`,
   * the alarm. The relay: `turn-allocated` and `turn-released`.
   */
  readonly events: Signal<ServerEvent> = new Signal();
  readonly #config: ServerConfig;
  readonly #logger: Logger;
  readonly #clock: NodeClock = new NodeClock();
  readonly #startedUs: Micros = this.#clock.nowUs();
  readonly #http: HttpServer;
  readonly #symple: SympleSocketServer;
  #transport: AcquiredTransport | undefined;
  #mode: ServerMode | undefined;
  #turn: EmbeddedTurn | undefined;
  #port = 0;
  #closing: Promise<void> | undefined;
  #forgetSignal: () => void = () => {};

  private constructor(config: ServerConfig, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    const { http, auth, webRoot } = config;
    this.#http = new HttpServer({
      router: apiRoutes(
        () => this.#facts(),
        () => this.#mode?.recorder,
      ),
      files: new StaticFiles(webRoot ?? pageFolder),
      isHostAllowed: isLoopback(http.host) && auth.token.isEmpty ? isOwnHost(auth.allowedOrigins) : () => true,
      logger: logger.child("http"),
    });
    this.#symple = new SympleSocketServer({
      httpServer: this.#http.raw,
      ...(auth.token.isEmpty ? {} : { authenticate: tokenAuthenticator(auth.token) }),
      allowedOrigins: auth.allowedOrigins,
      logger,
      clock: this.#clock,
    });
  }

  /**
   * Checks the configuration and the source, then listens. Throws FloeError with a stable code, and leaves nothing open:
   * `config/…`, `source/…` (cannot be opened; a source on the network may come up later, so it only makes the server not
   * ready), `web-root/no-page`, `page/not-built`, `http/port-in-use` and `webrtc/udp-port-in-use` and their like, `turn/…` (once a key of `turn.*` is set), `av/not-installed`, `webrtc/not-installed`,
   * `record/unwritable`.
   */
  static async start(config: PartialServerConfig = {}, options: FloeServerOptions = {}): Promise<FloeServer> {
    const { logger = Logger.silent(), signal } = options;
    signal?.throwIfAborted();
    const resolved = resolveConfigObject(config);
    const server = new FloeServer(resolved.config, logger);
    try {
      await server.#open(options, options.configSources ?? resolved.sources);
      signal?.throwIfAborted();
    } catch (error) {
      await server.#closeQuietly();
      throw error;
    }
    server.#closeOn(signal);
    return server;
  }

  /** Where the page is: `http://127.0.0.1:4500/`, also when it listens on all addresses. */
  get url(): string {
    return pageUrl(this.#config.http.host, this.#port);
  }

  /** What /api/status says now. */
  status(): ReturnType<typeof statusBody> {
    return statusBody(this.#facts());
  }

  /** The STUN and TURN server beside the page. */
  get turn(): TurnStanding {
    return this.#turn?.standing ?? { kind: "off" };
  }

  /** The recordings of record mode: list, find, pause, stop, remove. */
  get recorder(): Recorder | undefined {
    return this.#mode?.recorder;
  }

  /** Hangs up on viewers and publishers, completes their recordings, tells signalling clients, and frees everything. The same promise each time. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open({ isLost, source, sinks, received }: FloeServerOptions, configSources: ConfigSources): Promise<void> {
    const { media, signalling, http, webRoot } = this.#config;
    await requirePage(webRoot);
    await requireUdpPort(this.#config);
    const peer = this.#symple.addVirtualPeer({
      user: signalling.user,
      id: signalling.id,
      name: signalling.name,
      type: "server",
      room: "public",
      data: { capabilities: [media.mode === "record" ? "publish" : "view"], mode: media.mode },
    });
    const entropy = new NodeEntropy();
    const ownMedia = new OwnMedia(this.#config.webrtc.udpPort);
    const transport = await this.#acquireTransport();
    const shared = {
      config: this.#config,
      peer,
      clock: this.#clock,
      entropy,
      logger: this.#logger,
      ownMedia,
      transport,
    };
    this.#mode =
      media.mode === "record"
        ? await RecordMode.open({ ...shared, received })
        : await StreamMode.open({
            ...shared,
            explicitVideoKeys: explicitVideoKeys(configSources),
            source,
            sinks,
            isLost,
          });
    this.#mode.happened.on((event) => this.#tell(event));
    this.#turn = await EmbeddedTurn.start({
      config: this.#config,
      pageHost: http.host,
      ownMedia,
      clock: this.#clock,
      entropy,
      logger: this.#logger,
      sources: configSources,
      happened: (event) => this.#tell(event),
    });
    // Last of what may take a while: from the first word about a source on, somebody listens soon.
    await this.#mode.probe();
    this.#port = await this.#http.listen(http.host, http.port);
    this.#logger.info("listening", { url: this.url, host: http.host });
    const { standing } = this.#turn;
    if (standing.kind === "refused") {
      this.#logger.child("turn").warn(`there is no relay. ${standing.error}`);
    }
  }

  async #acquireTransport(): Promise<TransportLibrary> {
    this.#transport = await acquireTransport(this.#config.webrtc.transport, this.#logger);
    const { library } = this.#transport;
    const unused = library.unusedServers(transportConfig(this.#config));
    if (unused.length > 0) {
      const logger = this.#logger.child("transport");
      logger.warn(`${library.name} cannot use ${unused.map(maskUrl).join(", ")}; browsers get them all the same`);
    }
    return library;
  }

  /** A listener of the program's may throw; the server does not stumble over it. */
  #tell(event: ServerEvent): void {
    try {
      this.events.emit(event);
    } catch (error) {
      this.#logger.limited("events").error("a listener of events threw", { error, event: event.event });
    }
  }

  /**
   * Calls first, while signalling can still tell them why; the relay behind them, because their last packets may pass
   * over it. What fails to close keeps nothing else open.
   */
  async #close(): Promise<void> {
    this.#forgetSignal();
    try {
      await this.#mode?.close();
    } finally {
      this.#transport?.library.release();
      await this.#turn?.close().catch((error: unknown) => this.#logger.error("the relay did not close", { error }));
      await this.#symple.close();
      await this.#http.close();
      this.events.clear();
    }
  }

  /** For where nobody waits, or where there is something worse to tell. */
  async #closeQuietly(): Promise<void> {
    await this.close().catch((error: unknown) => this.#logger.error("closing failed", { error }));
  }

  #closeOn(signal: AbortSignal | undefined): void {
    const close = (): void => void this.#closeQuietly();
    signal?.addEventListener("abort", close, { once: true });
    this.#forgetSignal = () => signal?.removeEventListener("abort", close);
  }

  #facts(): StatusInput {
    if (this.#transport === undefined || this.#mode === undefined || this.#turn === undefined) {
      throw new Error("the server has not started");
    }
    const uptimeUs = this.#clock.nowUs() - this.#startedUs;
    const signalling = this.#symple.report();
    return {
      config: this.#config,
      port: this.#port,
      transport: { library: this.#transport.library.name, instead: this.#transport.instead },
      mode: this.#mode,
      turn: this.#turn,
      signalling,
      uptimeUs,
    };
  }
}

function isOwnHost(allowedOrigins: readonly string[]): (host: string | undefined) => boolean {
  return (host) =>
    namesThisMachine(host) || allowedOrigins.some((origin) => origin === "*" || origin.split("://")[1] === host);
}
