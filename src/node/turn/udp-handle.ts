// The handle under a dgram socket. It is internal to Node, so it is looked for and tried before it is used: sending through it costs
// half of what `socket.send` does, and tells at once whether a datagram left.
import type { RemoteInfo, Socket } from "node:dgram";

/** What a queued datagram needs; Node's own class, and a new object for each that waits. */
export type SendRequest = { oncomplete?: (error: number) => void };

/** The part of the handle that is used. */
export type UdpHandle = {
  /** More than 0: sent. 0: waits, and `request` and the bytes belong to the handle until `oncomplete`. Less: the error. */
  send(
    request: SendRequest,
    parts: readonly Uint8Array[],
    count: number,
    port: number,
    ip: string,
    hasCallback: boolean,
  ): number;
  /** Called for each datagram, with its bytes and its sender, or with an error below 0. */
  onmessage?: MessageListener;
};

/** Of Node, and ours in its place. */
type MessageListener = (result: number, handle: unknown, bytes: Uint8Array, from: RemoteInfo) => void;

/** Makes requests. */
export type SendRequestClass = new () => SendRequest;

/** The handle of a socket that is bound; undefined where Node keeps it elsewhere. */
export function udpHandleOf(socket: Socket): UdpHandle | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "state symbol");
  const state = symbol === undefined ? undefined : (socket as unknown as Record<symbol, unknown>)[symbol];
  const handle = (state as { readonly handle?: Partial<UdpHandle> } | undefined)?.handle;
  return typeof handle?.send === "function" ? (handle as UdpHandle) : undefined;
}

/**
 * Has datagrams given to `listener` by the handle itself, without the event between. False, and nothing changed, where Node's own
 * listener is not the one that we know.
 */
export function takeMessages(
  handle: UdpHandle,
  listener: (bytes: Uint8Array, from: RemoteInfo) => void,
  failed: () => void,
): boolean {
  const { onmessage } = handle;
  if (onmessage?.name !== "onMessage" || onmessage.length !== 4) {
    return false;
  }
  handle.onmessage = (result, _handle, bytes, from) => {
    if (result < 0) {
      failed();
    } else {
      listener(bytes, from);
    }
  };
  return true;
}

/**
 * The class of Node's requests, seen in what `socket.send` hands to a handle; undefined where it hands over something else.
 * Nothing is sent. `socket` is bound and looks nothing up.
 */
export function sendRequestClassOf(socket: Socket, handle: UdpHandle): SendRequestClass | undefined {
  let seen: unknown[] = [];
  const own = Object.getOwnPropertyDescriptor(handle, "send");
  const spy = (...args: unknown[]): number => {
    seen = args;
    return 1;
  };
  Object.defineProperty(handle, "send", { value: spy, configurable: true, writable: true });
  try {
    socket.send(Uint8Array.of(1), 9, "127.0.0.1");
  } finally {
    if (own === undefined) {
      Reflect.deleteProperty(handle, "send");
    } else {
      Object.defineProperty(handle, "send", own);
    }
  }
  const [request, parts, count, port, ip, hasCallback] = seen;
  const isAsKnown =
    Array.isArray(parts) &&
    parts[0] instanceof Uint8Array &&
    count === 1 &&
    port === 9 &&
    ip === "127.0.0.1" &&
    !hasCallback;
  const made = (request as object | undefined)?.constructor;
  return isAsKnown && made?.name === "SendWrap" ? (made as SendRequestClass) : undefined;
}
