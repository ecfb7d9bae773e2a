// The contract of the hop's bench, imported by both sides.
import { hopContract, RawPacket } from "../../../dist/core/index.js";

const way = { kinds: [RawPacket.kind], capacity: 1024, whenFull: "drop-newest" };

export const contract = hopContract({ name: "echo", to: way, back: way });
