// The worker of the hop's tests in the browser.
import { hopPort } from "../../../src/browser/stream/hop-port.js";
import { serveHalves } from "../../core/stream/hop/thread-half.js";

serveHalves(hopPort(self));
