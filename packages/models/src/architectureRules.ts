/** What `build` of a network has to give. */

import { checkChoice, checkOptions, shown } from "@eoss/rng/internal";
import { ModelContractError } from "./contract.js";
import type { Architecture, Model, ParameterSpec } from "./define.js";
import { initializations } from "./init.js";

const PARTS: readonly (keyof Architecture)[] = ["parameters", "coupled", "initialization", "apply"];
/** What a built network has beside them: it may be given back with changes. */
const BUILT: readonly (keyof Model)[] = ["name", "parameterCount", "init"];
const SPEC: readonly (keyof ParameterSpec)[] = [
  ...(["name", "shape", "role", "fanIn", "fanOut", "unused"] as const),
];

/** @throws ModelContractError naming the network and what is wrong */
export function checkArchitecture(model: string, parts: Architecture): void {
  const what = `what \`build\` of the network ${model} gives`;
  const must = (holds: boolean, rule: string) => {
    if (!holds) throw new ModelContractError(`\`build\` of the network ${model} must give ${rule}`);
  };
  must(
    typeof parts === "object" && parts !== null && !(parts instanceof Promise),
    `{ parameters, apply }, not ${shown(parts)}`,
  );
  checkOptions(what, parts, [...PARTS, ...BUILT], ModelContractError);
  const { parameters, apply, coupled, initialization } = parts;
  must(typeof apply === "function", `a function as \`apply\`, not ${shown(apply)}`);
  must(
    Array.isArray(parameters) && parameters.length > 0,
    "its `parameters` as a list { name, shape, role, fanIn }, at least one: it has no parameters",
  );
  must(
    coupled === undefined || typeof coupled === "boolean",
    `\`coupled\` as true or false, not ${shown(coupled)}`,
  );
  if (initialization !== undefined) {
    checkChoice(
      what,
      "initialization",
      initialization,
      Object.keys(initializations),
      ModelContractError,
    );
  }
  const seen = new Set<string>();
  for (const spec of parameters) {
    const name = (spec as ParameterSpec | undefined)?.name;
    must(typeof name === "string" && name !== "", `each parameter a \`name\`, not ${shown(name)}`);
    must(!seen.has(name!), `each parameter a name of its own: two parameters are named ${name}`);
    seen.add(name!);
    checkParameter(model, spec, must);
  }
}

function checkParameter(
  model: string,
  spec: ParameterSpec,
  must: (holds: boolean, rule: string) => void,
): void {
  const { name, shape, role, fanIn, fanOut, unused } = spec;
  const parameter = `the parameter ${name} of the network ${model}`;
  checkOptions(parameter, spec, SPEC, ModelContractError);
  checkChoice(parameter, "role", role, ["kernel", "bias", "gain"], ModelContractError);
  must(
    Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 1),
    `the parameter ${name} a \`shape\` of integers from 1 on: ${name} has shape ${JSON.stringify(shape)}`,
  );
  must(isFan(fanIn), `the parameter ${name} a \`fanIn\`, a number from 1 on, not ${shown(fanIn)}`);
  must(
    fanOut === undefined || isFan(fanOut),
    `the parameter ${name} a \`fanOut\` from 1 on, or none, not ${shown(fanOut)}`,
  );
  must(
    unused === undefined || typeof unused === "boolean",
    `\`unused\` of the parameter ${name} as true or false, not ${shown(unused)}`,
  );
}

/** Number of entries. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

const isFan = (x: unknown) => typeof x === "number" && x >= 1 && Number.isFinite(x);
