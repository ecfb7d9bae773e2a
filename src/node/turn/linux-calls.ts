// The system calls behind UDP in batches, by koffi (an optional package), on Linux with 64-bit pointers. The one place that imports it.
import { FloeError } from "../../core/error/floe-error.js";

/** Errors that are told apart. */
export const Errno = { EINTR: 4, EAGAIN: 11, ENOBUFS: 105 } as const;

/** For `socket`: UDP that never waits and is not inherited. */
export const SOCK_DGRAM_NONBLOCK_CLOEXEC = 0o2_004_002;

/** System calls as functions; pointers are addresses in this process. Each answers as in C, with `errno` after -1. */
export type LinuxCalls = {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, lengthBytes: number): number;
  getsockname(fd: number, address: number, lengthAddress: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, lengthBytes: number): number;
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  close(fd: number): number;
  epollCreate(flags: number): number;
  epollControl(poller: number, operation: number, fd: number, event: number): number;
  epollWait(poller: number, events: number, count: number, timeoutMs: number): number;
  errno(): number;
  /** Where a memory begins. It must not move as long as its address is used. */
  addressOf(bytes: Uint8Array): number;
  /** Calls back whenever the loop sees that a descriptor is readable, until it is closed. */
  watch(fd: number, readable: () => void): { close(): void };
};

/** How koffi is imported; tests bring a failing one. */
export type KoffiImporter = () => Promise<typeof import("koffi")>;

/** Throws `turn/no-koffi` where koffi is missing or the platform is another. */
export async function loadLinuxCalls(importer: KoffiImporter = () => import("koffi")): Promise<LinuxCalls> {
  const { platform, arch } = process;
  if (platform !== "linux" || (arch !== "x64" && arch !== "arm64")) {
    throw new FloeError(
      "turn/no-koffi",
      `recvmmsg and sendmmsg are used on Linux x64 and arm64, and this is ${platform} ${arch}`,
      {
        fix: "Leave turn.sockets at auto.",
      },
    );
  }
  try {
    return bindCalls(await importer());
  } catch (cause) {
    throw new FloeError("turn/no-koffi", "the optional package koffi cannot be loaded", {
      cause,
      fix: "Run npm install koffi without --omit=optional, or leave turn.sockets at auto.",
    });
  }
}

function bindCalls(koffi: typeof import("koffi")): LinuxCalls {
  // The process itself: whatever C library Node runs with.
  const library = koffi.load(null);
  const func = <T extends (...args: never[]) => number>(declaration: string): T =>
    library.func(declaration) as unknown as T;
  return {
    socket: func("int socket(int domain, int type, int protocol)"),
    bind: func("int bind(int fd, uintptr_t address, uint32_t length)"),
    getsockname: func("int getsockname(int fd, uintptr_t address, uintptr_t length)"),
    setsockopt: func("int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t length)"),
    recvmmsg: func("int recvmmsg(int fd, uintptr_t messages, uint32_t count, int flags, uintptr_t timeout)"),
    sendmmsg: func("int sendmmsg(int fd, uintptr_t messages, uint32_t count, int flags)"),
    close: func("int close(int fd)"),
    epollCreate: func("int epoll_create1(int flags)"),
    epollControl: func("int epoll_ctl(int poller, int operation, int fd, uintptr_t event)"),
    epollWait: func("int epoll_wait(int poller, uintptr_t events, int count, int timeout)"),
    errno: () => koffi.errno(),
    addressOf: (bytes) => Number(koffi.address(bytes)),
    watch: (fd, readable) => koffi.node.poll(fd, { readable: true }, readable),
  };
}
