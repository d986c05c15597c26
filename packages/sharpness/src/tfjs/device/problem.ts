// A loss written with tfjs ops, as a problem whose vectors stay on the device.
import { layoutOf } from "@eoss/hvp";
import type { Problem } from "../../loss/engine.js";
import { problemOf, type TfjsProblem } from "../problem.js";
import { type DeviceVector, deviceSpace } from "./deviceSpace.js";
import { DeviceView } from "./view.js";

/** Bytes of the vectors of one search. */
const BASIS_BYTES = 2 ** 30;

/**
 * The problem that a loss with tfjs ops makes, with vectors that stay on the device: for backends whose
 * numbers can only be read later, as WebGPU. `measure` takes it by itself on these.
 *
 * Vectors are float32 tensors [d]. A product with a curvature matrix reads nothing, a step of a search
 * one list of numbers: two where little is left beside its basis, and four more in each of the first three,
 * in which the operator is watched. There are no reduced coordinates, so that a batch takes more products
 * than with `tfjsProblem`.
 *
 * @throws RangeError as `tfjsProblem`
 * @experimental
 */
export function deviceProblem(problem: TfjsProblem): Problem<DeviceVector> {
  const size = 4 * layoutOf(problem.params).size;
  const space = deviceSpace(Math.floor(BASIS_BYTES / size));
  return problemOf(problem, (...of) => new DeviceView(problem, ...of, space));
}
