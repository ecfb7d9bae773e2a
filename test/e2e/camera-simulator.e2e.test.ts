// The camera simulator that other tests rely on: it answers, counts, dies without a word, and comes back where it was.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { type CameraConnections, RtspCamera } from "../setup/rtsp-camera.js";

test("the simulator answers, dies without a word and comes back on its port", async () => {
  await using camera = await RtspCamera.start();
  const socket = await connected(camera);
  expect(await ask(socket, camera, "OPTIONS")).toContain("RTSP/1.0 200");
  await seen(camera, { total: 1, open: 1 });
  const { port } = camera;
  const closed = new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
  await camera.kill();
  await closed;
  await expect(connected(camera)).rejects.toThrow(/ECONNREFUSED/);
  await camera.restart();
  expect(camera.port).toBe(port);
  await seen(camera, { total: 1, open: 0 });
  const again = await connected(camera);
  expect(await ask(again, camera, "OPTIONS")).toContain("RTSP/1.0 200");
  again.destroy();
});

for (const auth of ["basic", "digest"] as const) {
  test(`the simulator asks for a password by ${auth} when told to`, async () => {
    await using camera = await RtspCamera.start({ auth });
    const socket = await connected(camera);
    const answer = await ask(socket, camera, "DESCRIBE");
    expect(answer).toContain("RTSP/1.0 401");
    expect(answer.toLowerCase()).toContain(`www-authenticate: ${auth}`);
    socket.destroy();
  });
}

/** The camera counts in a process of its own and tells by its standard output, which may come after its answer. */
async function seen(camera: RtspCamera, connections: CameraConnections): Promise<void> {
  await expect.poll(() => camera.connections, { timeout: 20_000 }).toEqual(connections);
}

async function connected({ port }: RtspCamera): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function ask(socket: Socket, camera: RtspCamera, method: string): Promise<string> {
  socket.write(`${method} ${camera.urlFor("")} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  return answer.toString("latin1");
}
