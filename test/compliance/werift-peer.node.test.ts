// The transport over werift.
import { WeriftLibrary } from "../../src/node/webrtc/werift/werift-library.js";
import { peerTransportSuite } from "./peer-transport.js";

peerTransportSuite(() => WeriftLibrary.acquire());
