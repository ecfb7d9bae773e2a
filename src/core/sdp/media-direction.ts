// Directions of a media section and how two of them meet (RFC 8866 6.7, RFC 3264 6.1).

/** Which way media flows, seen from the one who wrote the description. */
export type MediaDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** Whether a word is a direction. */
export function isMediaDirection(word: string): word is MediaDirection {
  return word === "sendrecv" || word === "sendonly" || word === "recvonly" || word === "inactive";
}

/** Whether the writer of the description means to send. */
export function sends(direction: MediaDirection): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

/** Whether the writer of the description means to receive. */
export function receives(direction: MediaDirection): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

/** The same flow seen from the other end: what they send, we receive. */
export function reverseDirection(direction: MediaDirection): MediaDirection {
  switch (direction) {
    case "sendonly":
      return "recvonly";
    case "recvonly":
      return "sendonly";
    default:
      return direction;
  }
}

/** The flow that both allow; both seen from the same end. */
export function intersectDirections(one: MediaDirection, other: MediaDirection): MediaDirection {
  return direction(sends(one) && sends(other), receives(one) && receives(other));
}

/** What we may answer to an offer: our wish, as far as the offerer takes part (RFC 3264 6.1). */
export function answerDirection(offered: MediaDirection, wanted: MediaDirection): MediaDirection {
  return intersectDirections(reverseDirection(offered), wanted);
}

function direction(isSending: boolean, isReceiving: boolean): MediaDirection {
  if (isSending) {
    return isReceiving ? "sendrecv" : "sendonly";
  }
  return isReceiving ? "recvonly" : "inactive";
}
