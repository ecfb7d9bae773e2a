// The VP8 payload descriptor, in front of each RTP payload (RFC 7741 4.2).
//
//        0 1 2 3 4 5 6 7
//       +-+-+-+-+-+-+-+-+
//       |X|R|N|S|R| PID |   X: extensions follow   N: no other picture needs this one   S: begins partition PID
//   X:  |I|L|T|K| RSV   |
//   I:  |M| PictureID   |   M: 15 bits instead of 7
//       |   PictureID   |
//   L:  |   TL0PICIDX   |
//  T/K: |TID|Y| KEYIDX  |
//       +-+-+-+-+-+-+-+-+

/** One descriptor, used for every packet: allocates nothing. Absent fields are -1. */
export class Vp8Descriptor {
  /** Bytes of the descriptor: the payload begins behind it. */
  lengthBytes = 0;
  /** N: no other picture is predicted from this one. */
  isDisposable = false;
  /** S and PID 0: the first packet of a picture. */
  beginsPicture = false;
  /** 0..7. */
  partition = 0;
  /** 0..127 or 0..32767, see `pictureIdBits`. */
  pictureId = -1;
  /** 7 or 15; 0 without a PictureID. */
  pictureIdBits = 0;
  /** TL0PICIDX, 0..255: counts pictures of the lowest temporal layer. */
  baseLayerIndex = -1;
  /** TID, 0..3. */
  temporalLayer = -1;
  /** Y: depends on the lowest layer only. */
  isLayerSync = false;
  /** KEYIDX, 0..31. */
  keyIndex = -1;

  /** Reads the descriptor of a payload. False when it is cut short, or nothing follows; the fields mean nothing then. */
  read(payload: Uint8Array): boolean {
    const { length } = payload;
    if (length < 2) {
      return false;
    }
    const first = payload[0];
    this.isDisposable = (first & 0x20) !== 0;
    this.partition = first & 0x07;
    this.beginsPicture = (first & 0x10) !== 0 && this.partition === 0;
    this.pictureId = -1;
    this.pictureIdBits = 0;
    this.baseLayerIndex = -1;
    this.temporalLayer = -1;
    this.isLayerSync = false;
    this.keyIndex = -1;
    this.lengthBytes = 1;
    return ((first & 0x80) === 0 || this.#readExtensions(payload)) && this.lengthBytes < length;
  }

  #readExtensions(payload: Uint8Array): boolean {
    const flags = payload[1];
    let at = 2;
    if ((flags & 0x80) !== 0) {
      const isLong = at < payload.length && (payload[at] & 0x80) !== 0;
      if (at + (isLong ? 2 : 1) > payload.length) {
        return false;
      }
      this.pictureIdBits = isLong ? 15 : 7;
      this.pictureId = isLong ? ((payload[at] & 0x7f) << 8) | payload[at + 1] : payload[at];
      at += isLong ? 2 : 1;
    }
    if ((flags & 0x40) !== 0) {
      if (at >= payload.length) {
        return false;
      }
      this.baseLayerIndex = payload[at];
      at++;
    }
    if ((flags & 0x30) !== 0) {
      if (at >= payload.length) {
        return false;
      }
      this.temporalLayer = (flags & 0x20) !== 0 ? payload[at] >> 6 : -1;
      this.isLayerSync = (flags & 0x20) !== 0 && (payload[at] & 0x20) !== 0;
      this.keyIndex = (flags & 0x10) !== 0 ? payload[at] & 0x1f : -1;
      at++;
    }
    this.lengthBytes = at;
    return true;
  }
}
