export { type BatchNoise, covarianceFactor } from "./covariance.js";
export { directionalWeights } from "./directional.js";
