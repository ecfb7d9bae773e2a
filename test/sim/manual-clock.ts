// The clock of the tests is the one that users get.
export { ManualClock } from "../../src/core/time/manual-clock.js";
