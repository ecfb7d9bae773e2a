// Whether the system calls do here what we believe of them: two datagrams through loopback, read back and compared. A C library that
// lays its structures out otherwise, or a sandbox that forbids the calls, is found out before anybody's packets are.
import { Arena } from "../../core/kernel/arena.js";
import { type LinuxCalls, SOCK_DGRAM_NONBLOCK_CLOEXEC } from "./linux-calls.js";
import { AF_INET, MessageBlock, NAME4_BYTES } from "./message-block.js";

const LOOPBACK = 0x7f000001;
const MSG_DONTWAIT = 0x40;
const PACKETS = ["one", "another"];
const ROOM_BYTES = 4;

/** True when everything came back as it was sent. */
export function areLinuxCallsRight(calls: LinuxCalls): boolean {
  const arena = Arena.create({ sizeBytes: 131_072 });
  const { bytes, view } = arena.memory;
  const base = calls.addressOf(bytes);
  const [outgoing, incoming] = ["outgoing", "incoming"].map(
    (name) => new MessageBlock(arena, { name, count: 2, base }),
  );
  const length = arena.reserve("length", 4).address;
  const slots = arena.reserve("slots", 64).address;
  const fd = calls.socket(AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  try {
    outgoing.setName(0, 4, 0, LOOPBACK, 0, 0, 0);
    view.setInt32(length, NAME4_BYTES, true);
    const isBound =
      calls.bind(fd, outgoing.nameAddress, NAME4_BYTES) === 0 &&
      calls.getsockname(fd, outgoing.nameAddress, base + length) === 0;
    const port = outgoing.port(0);
    PACKETS.forEach((text, i) => {
      bytes.set(new TextEncoder().encode(text), slots + 16 * i);
      outgoing.setPart(i, slots + 16 * i, text.length);
      outgoing.setName(i, 4, port, LOOPBACK, 0, 0, 0);
      incoming.setPart(i, slots + 32 + 16 * i, ROOM_BYTES);
    });
    const sent = isBound ? calls.sendmmsg(fd, outgoing.address, 2, MSG_DONTWAIT) : 0;
    const got = sent === 2 ? calls.recvmmsg(fd, incoming.address, 2, MSG_DONTWAIT, 0) : 0;
    const read = (i: number): string =>
      new TextDecoder().decode(bytes.slice(slots + 32 + 16 * i, slots + 32 + 16 * i + incoming.lengthBytes(i)));
    const isFrom = (i: number): boolean => incoming.port(i) === port && incoming.ip(i, 0, 4) === LOOPBACK;
    return (
      got === 2 &&
      isFrom(0) &&
      isFrom(1) &&
      read(0) === "one" &&
      !incoming.isCut(0) &&
      read(1) === "anot" &&
      incoming.isCut(1)
    );
  } finally {
    calls.close(fd);
  }
}
