/** Code of users: its errors say whose they are, and each of its calls ends in its time. */

import { DatasetContractError, type DatasetKind } from "@eoss/data";
import { ModelContractError, type ModelKind, models } from "@eoss/models";
import { type Quantity, QuantityContractError, quantities } from "@eoss/sharpness";
import { explained } from "./explained.js";
import { limited } from "./limited.js";
import { shownModule } from "./paths.js";

const ADVICE =
  "; --plugin-limit gives it longer. What a run wrote until then is sound: the run can be resumed";

/** What of an object of a user may compute without end, or fail. */
export interface GuardedKind<T> {
  /** What messages call it: "optimizer". */
  readonly noun: string;
  readonly functions: ReadonlyArray<keyof T & string>;
  /** Functions of the objects that these make. */
  readonly later?: readonly string[];
  readonly Failure: new (message: string, options?: ErrorOptions) => Error;
}

type Code = (...args: unknown[]) => unknown;

/**
 * An object of a user with a limit to the time of its functions, and errors that say whose they are.
 *
 * @param name the file or package, as it was asked for
 */
export function guarded<T extends object>(
  { noun, functions, later = [], Failure }: GuardedKind<T>,
  name: string,
  object: T,
  limit: number | string,
): T {
  const what = `the ${noun} ${shownModule(name)}`;
  /** @param makes functions of what it gives; what those give is plain */
  const guard = (key: string, code: Code, makes: readonly string[]): Code => {
    const safe = limited(what, limit, explained(what, key, name, Failure, code), ADVICE);
    return (...args) => {
      const made = safe(...args);
      if (typeof made === "function") return Object.assign(guard(key, made as Code, makes), made);
      const isMade = makes.length > 0 && makes.every((one) => hasFunction(made, one));
      return isMade ? within(made as object, makes, []) : made;
    };
  };
  const within = <M extends object>(made: M, keys: readonly string[], makes: readonly string[]) => {
    const bound = (key: string) => (made[key as keyof M] as Code).bind(made);
    const own = keys.map((key) => [key, guard(key, bound(key), makes)]);
    return inheriting(made, Object.fromEntries(own) as Partial<M>);
  };
  return within(object, functions, later);
}

const MODEL: GuardedKind<ModelKind> = {
  ...{ noun: "network", functions: ["build"], Failure: ModelContractError },
  later: ["apply", "init"],
};
const DATASET: GuardedKind<DatasetKind> = {
  ...{ noun: "data set", functions: ["load"], Failure: DatasetContractError },
};

/** A quantity, if it is a user's with its readings guarded. @param name as asked for */
export function limitedQuantity(
  name: string,
  quantity: Quantity,
  limit: number | string,
): Quantity {
  if (Object.hasOwn(quantities, name)) return quantity;
  const kind = { noun: "quantity", Failure: QuantityContractError };
  return quantity.over === "batches"
    ? guarded({ ...kind, functions: ["sample"] }, name, quantity, limit)
    : guarded({ ...kind, functions: ["measure"] }, name, quantity, limit);
}

/** A network, if it is a user's with its building, drawing and applying guarded. */
export function limitedModel(name: string, kind: ModelKind, limit: number | string): ModelKind {
  if (Object.hasOwn(models, name)) return kind;
  return guarded(MODEL, name, kind, limit);
}

/** A data set of a user with its loading guarded. */
export function limitedDataset(
  name: string,
  kind: DatasetKind,
  limit: number | string,
): DatasetKind {
  return guarded(DATASET, name, kind, limit);
}

function hasFunction(value: unknown, key: string): boolean {
  return typeof (value as Record<string, unknown> | undefined | null)?.[key] === "function";
}

/** An object of any kind, also a frozen one, with some of its functions replaced. */
function inheriting<T extends object>(object: T, own: Partial<T>): T {
  return Object.create(object, Object.getOwnPropertyDescriptors(own)) as T;
}
