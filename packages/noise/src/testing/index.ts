// Checks for noises of other packages.

export { checkNoise } from "./checkNoise.js";
