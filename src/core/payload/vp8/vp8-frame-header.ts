// What the first bytes of a VP8 picture say (RFC 6386 9.1): whether it is a key frame, and how large.
//
//   | size0 | H | VER | P |  size1  |  size2  |   P 0: key frame, then   | 9d 01 2a | 14 bits width, 2 scale | 14 bits height, 2 scale |

/** A key frame's size in pixels. */
export type Vp8Size = { readonly width: number; readonly height: number };

/** Bytes of a key frame's header. */
const KEY_HEADER_BYTES = 10;

/** Whether a whole picture is a key frame; `frame` has 1 byte at least. */
export function isVp8KeyFrame(frame: Uint8Array): boolean {
  return (frame[0] & 1) === 0;
}

/** The size that a key frame says; undefined when it is cut short, lacks the start code, or has no pixels. */
export function vp8KeyFrameSize(frame: Uint8Array): Vp8Size | undefined {
  if (frame.length < KEY_HEADER_BYTES || frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) {
    return undefined;
  }
  const width = (frame[6] | (frame[7] << 8)) & 0x3fff;
  const height = (frame[8] | (frame[9] << 8)) & 0x3fff;
  return width === 0 || height === 0 ? undefined : { width, height };
}
