// Decides, read by read, whether FFmpeg reads a local file here and now or in the thread pool. A packet that lies in the
// page cache costs a few microseconds; the way through the pool and back costs ten times that.
import { statfs } from "node:fs/promises";

/** So many reads in a row may be made here; then one goes through the pool, and the loop does what else is due. */
const MOST_IN_A_ROW = 32;
/** A pause this long ends a row: whoever reads has let others work. */
const PAUSE_MS = 4;
/** A read that takes longer has waited for a disk. */
const SLOW_MS = 2;
/** After a slow read the next ones go through the pool: so many, and twice as many after each further slow one. */
const FEWEST_AWAY = 64;
const MOST_AWAY = 4096;
/** After so many quick ones in a row the disk counts as quick again. */
const FAST_AGAIN = 1024;

/** File systems of disks and memory in this machine (Linux, statfs(2)). Any other may hang for as long as a network does. */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
]);

/** The pace of one file's reads. */
export class DirectReading {
  readonly #isLocal: boolean;
  #inARow = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #away = 0;
  #nextAway = FEWEST_AWAY;
  #fast = 0;

  /** `isLocal`: whether the file lies on a disk of this machine; nothing is read directly otherwise. */
  constructor(isLocal: boolean) {
    this.#isLocal = isLocal;
  }

  /** For one file. Never rejects: what cannot be told is not local. */
  static async of(path: string): Promise<DirectReading> {
    const isLocal = await statfs(path).then(
      ({ type }) => process.platform === "linux" && LOCAL_FILE_SYSTEMS.has(type),
      () => false,
    );
    return new DirectReading(isLocal);
  }

  /** Whether the read that begins at `nowMs` (any monotonic clock) may be made here. Ask once for each read. */
  mayBeDirect(nowMs: number): boolean {
    if (nowMs - this.#lastMs > PAUSE_MS) {
      this.#inARow = 0;
    }
    this.#lastMs = nowMs;
    if (!this.#isLocal || this.#away > 0 || this.#inARow >= MOST_IN_A_ROW) {
      this.#away = Math.max(0, this.#away - 1);
      this.#inARow = 0;
      return false;
    }
    this.#inARow++;
    return true;
  }

  /** Tells when that direct read was over. */
  done(nowMs: number): void {
    const isSlow = nowMs - this.#lastMs > SLOW_MS;
    this.#lastMs = nowMs;
    if (isSlow) {
      this.#away = this.#nextAway;
      this.#nextAway = Math.min(2 * this.#nextAway, MOST_AWAY);
      this.#fast = 0;
    } else if (++this.#fast >= FAST_AGAIN) {
      this.#nextAway = FEWEST_AWAY;
    }
  }
}
