// What the tests of the product's page share: what the server's presence says of its source, in the tests' hands.
import type { Page } from "playwright";

/** The source as the server would tell it. */
export type ToldSource = {
  readonly name: string;
  readonly state: "idle" | "open" | "reconnecting" | "error";
  readonly words: string;
  readonly passthrough: string;
};

type Presence = { readonly type: string; readonly data: { readonly id: string; readonly [key: string]: unknown } };

/** Stands between a page and its server: what presence says is the server's, but for what the test says instead. */
export class PresenceInTheMiddle {
  #send: (text: string) => void = () => {};
  #last: Presence | undefined;
  #told: { readonly [key: string]: unknown } = {};

  /** Steps in, and loads the page again. */
  static async enter(page: Page): Promise<PresenceInTheMiddle> {
    const middle = new PresenceInTheMiddle();
    await page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      middle.#send = (text) => socket.send(text);
      server.onMessage((message) => socket.send(middle.#pass(String(message))));
    });
    await page.reload();
    return middle;
  }

  /** Tells this from now on: a source, or anything else of the server's presence data. */
  tell(told: { readonly source?: ToldSource; readonly capabilities?: readonly string[] }): void {
    this.#told = told;
    if (this.#last !== undefined) {
      this.#send(this.#altered(this.#last));
    }
  }

  #pass(text: string): string {
    const frame = JSON.parse(text) as Presence;
    if (frame.type !== "presence" || frame.data.id !== "floe-server") {
      return text;
    }
    this.#last = frame;
    return this.#altered(frame);
  }

  #altered(frame: Presence): string {
    return JSON.stringify({ ...frame, data: { ...frame.data, ...this.#told } });
  }
}

/** A camera's source in a state. */
export function camera(state: ToldSource["state"], words = ""): ToldSource {
  return { name: "front door", state, words, passthrough: "passthrough: no, because the stream has B-frames" };
}

/** Watches, and resolves when the picture is there. */
export async function play(page: Page): Promise<void> {
  await page.getByTestId("watch").click();
  await page.locator("[data-testid=state][data-state=playing]").waitFor();
}
