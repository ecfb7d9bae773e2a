// Door ".": what runs the same everywhere. Explicit names only.
export { FloeError, WireError } from "./error/floe-error.js";
