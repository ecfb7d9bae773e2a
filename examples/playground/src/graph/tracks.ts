// Where live pictures come from: a camera, or a picture that this page draws.
const WIDTH = 640;
const HEIGHT = 360;
const FPS = 30;

/** A video track and the way to end it. */
export type LiveTrack = { readonly track: MediaStreamTrack; stop(): void };

/** The camera, after the browser has asked. Rejects in words for people. */
export async function cameraTrack(): Promise<LiveTrack> {
  if (navigator.mediaDevices === undefined) {
    throw new Error(
      "Browsers give pages a camera over https or on localhost only. Take the test picture, or open this page there.",
    );
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { width: WIDTH, height: HEIGHT, frameRate: FPS },
    });
    const [track] = stream.getVideoTracks();
    return { track, stop: () => track.stop() };
  } catch (error) {
    throw new Error(`${cameraWords(error)} Take the test picture meanwhile.`, { cause: error });
  }
}

function cameraWords(error: unknown): string {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
      return "This page may not use the camera. Allow it beside the address, then start again.";
    case "NotFoundError":
      return "There is no camera.";
    case "NotReadableError":
      return "The camera is in use by something else.";
    default:
      return `The camera did not start: ${String(error)}.`;
  }
}

/** A disc that goes round over bars of colour, with the time. */
export function testTrack(): LiveTrack {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d", { alpha: false });
  let request = 0;
  const draw = (nowMs: number): void => {
    request = requestAnimationFrame(draw);
    if (context === null) {
      return;
    }
    for (let bar = 0; bar < 8; bar++) {
      context.fillStyle = `hsl(${195 + bar * 12} 55% ${18 + bar * 7}%)`;
      context.fillRect((bar * WIDTH) / 8, 0, WIDTH / 8 + 1, HEIGHT);
    }
    const angle = (nowMs / 2000) * 2 * Math.PI;
    context.fillStyle = "#ffd166";
    context.beginPath();
    context.arc(WIDTH / 2 + Math.cos(angle) * 200, HEIGHT / 2 + Math.sin(angle) * 100, 46, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = "#ffffff";
    context.font = "600 42px ui-monospace, monospace";
    context.fillText(`${(nowMs / 1000).toFixed(2)} s`, 24, HEIGHT - 28);
  };
  request = requestAnimationFrame(draw);
  const [track] = canvas.captureStream(FPS).getVideoTracks();
  return {
    track,
    stop: () => {
      cancelAnimationFrame(request);
      track.stop();
    },
  };
}
