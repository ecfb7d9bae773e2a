// The generator of the tests is the one that simulated links use.
export { SeededRandom } from "../../src/core/crypto/seeded-random.js";
