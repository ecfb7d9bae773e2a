// The transport over node-datachannel.
import { Logger } from "../../src/core/diagnosis/logger.js";
import { NativeLibrary } from "../../src/node/webrtc/native-library.js";
import { peerTransportSuite } from "./peer-transport.js";

peerTransportSuite(() => NativeLibrary.acquire(Logger.silent()));
