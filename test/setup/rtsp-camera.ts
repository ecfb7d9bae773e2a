// A camera for tests: the simulator (test/tools/rtspcam.py) as a process that can be killed, silenced and brought back on
// the port it had.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { CAMERA_SCRIPT, cameraFault, cameraPackages, DEBIAN_PYTHON } from "./system-packages.mjs";

/** What the camera sends, and whom it lets in. Defaults: 640x360 H.264 at 25, a key frame every 2 s, Opus, open to all. */
export type RtspCameraOptions = {
  readonly codec?: "h264" | "h265" | "mjpeg" | "none";
  readonly profile?: "constrained-baseline" | "main" | "high";
  readonly bframes?: number;
  /** Frames from one key frame to the next. */
  readonly gop?: number;
  /** Slices per picture. */
  readonly slices?: number;
  readonly size?: string;
  readonly fps?: number;
  /** kb/s of H.264. */
  readonly bitrate?: number;
  readonly audio?: "opus" | "pcmu" | "pcma" | "aac" | "none";
  readonly protocols?: "tcp" | "udp" | "tcp,udp";
  readonly auth?: "basic" | "digest";
  readonly user?: string;
  readonly password?: string;
};

/** Connections that the camera has told of since it was first started; it tells a moment after it answers. */
export type CameraConnections = {
  /** Ever made. */
  readonly total: number;
  /** Open now. */
  readonly open: number;
};

const PATH = "/stream1";

/** One camera. `await using camera = await RtspCamera.start({ audio: "pcmu" })`. */
export class RtspCamera {
  readonly #options: RtspCameraOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #port = 0;
  #total = 0;
  #open = 0;

  private constructor(options: RtspCameraOptions) {
    this.#options = options;
  }

  /** Starts one on a free port; resolves when it listens. */
  static async start(options: RtspCameraOptions = {}): Promise<RtspCamera> {
    const camera = new RtspCamera(options);
    await camera.#spawn();
    return camera;
  }

  get port(): number {
    return this.#port;
  }

  /** Its address; with the user and the password when it asks for them. */
  get url(): string {
    const { auth, user = "viewer", password = "secret" } = this.#options;
    return this.urlFor(auth === undefined ? "" : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
  }

  /** Its address with another user info (`name:password@`) or path. */
  urlFor(userInfo: string, path: string = PATH): string {
    return `rtsp://${userInfo}127.0.0.1:${this.#port}${path}`;
  }

  get connections(): CameraConnections {
    return { total: this.#total, open: this.#open };
  }

  /** Ends it as a camera that loses its power does: without a word. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  /** Makes it hang: it keeps its connections and says nothing more, until it is killed. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Starts it again on the port it had; resolves when it listens. */
  async restart(): Promise<void> {
    await this.close();
    await this.#spawn();
  }

  /** Ends it in an orderly way; resolves when it is gone. */
  async close(): Promise<void> {
    this.#child?.kill("SIGCONT");
    this.#child?.kill("SIGTERM");
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #spawn(): Promise<void> {
    const flags = Object.entries({ path: PATH, ...this.#options }).flatMap(([name, value]) => [
      `--${name}`,
      `${value}`,
    ]);
    const child = spawn(DEBIAN_PYTHON, [CAMERA_SCRIPT, String(this.#port), ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#open = 0;
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    const isReady = new Promise<void>((resolve, reject) => {
      this.#exited = new Promise((gone) => {
        child.once("error", () => gone());
        child.once("close", () => {
          const why = complaint.trim() || cameraFault();
          reject(new Error(`the camera did not start: ${why}. ${HELP}`));
          gone();
        });
      });
      createInterface({ input: child.stdout }).on("line", (line) => {
        const [word, value] = line.split(" ");
        if (word === "ready") {
          this.#port = Number(value);
          resolve();
        } else if (word === "connected") {
          this.#total++;
          this.#open++;
        } else if (word === "disconnected") {
          this.#open--;
        }
      });
    });
    await isReady;
  }
}

const HELP = `It needs: sudo apt-get install --no-install-recommends ${cameraPackages.join(" ")}`;
