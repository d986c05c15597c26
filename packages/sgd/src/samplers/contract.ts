/** What a sampler from somewhere else has to be, and how it is found. */

import {
  type LoadPluginOptions,
  namedRule,
  type PluginKind,
  resolvePlugin,
} from "@eoss/rng/internal";
import { SamplerContractError, type SamplerKind } from "./define.js";
import { samplerNames } from "./registry.js";

const SAMPLER: Omit<PluginKind<SamplerKind>, "builtIn"> = {
  noun: "sampler",
  nouns: "samplers",
  loader: "loadSampler",
  howMade: "defineSampler({ name, defaults, make })",
  brokenRule({ defaults, factory, ...named }) {
    const rule = namedRule(named);
    if (rule !== undefined) return rule;
    if (typeof defaults !== "object" || defaults === null) return "`defaults` must be an object";
    return typeof factory === "function" ? undefined : "`factory` must be a function";
  },
  Failure: SamplerContractError,
};

/**
 * The sampler of a user that `--sampler` names: a file, `./my-sampler.js`, or a package, `@them/samplers`,
 * `their-package#balanced`; without an export's name the default export counts.
 *
 * @throws SamplerContractError saying what could not be found, or which rule the module broke
 */
export async function loadSampler(
  specifier: string,
  options: LoadPluginOptions = {},
): Promise<SamplerKind> {
  const kind = await resolvePlugin<SamplerKind>({ ...SAMPLER, builtIn: {} }, specifier, options);
  if (!samplerNames.includes(kind.name)) return kind;
  throw new SamplerContractError(
    `${specifier} is named "${kind.name}", as a built-in sampler is: reports could not tell them apart`,
  );
}
