import type { DatasetKind } from "@eoss/data";
import { ModelContractError, type ModelKind, models } from "@eoss/models";
import { type Quantity, QuantityContractError, quantities } from "@eoss/sharpness";
import { explained } from "./explained.js";
import { limited } from "./limited.js";
import { shownModule } from "./paths.js";

const ADVICE =
  "; --plugin-limit gives it longer. What a run wrote until then is sound: the run can be resumed";

/** A quantity of a user: its errors are explained, and its readings limited. @param name as asked for */
export function limitedQuantity(
  name: string,
  quantity: Quantity,
  limit: number | string,
): Quantity {
  if (Object.hasOwn(quantities, name)) return quantity;
  const what = `the quantity ${shownModule(name)}`;
  const safe = <A extends unknown[], R>(member: string, code: (...args: A) => R) =>
    limited(what, limit, explained(what, member, name, QuantityContractError, code), ADVICE);
  const read =
    quantity.over === "batches"
      ? { sample: safe("sample", quantity.sample.bind(quantity)) }
      : { measure: safe("measure", quantity.measure.bind(quantity)) };
  return inheriting(quantity, read as Partial<Quantity>);
}

/** A network of a user: errors in building, drawing and applying it are explained, their time limited. */
export function limitedModel(name: string, kind: ModelKind, limit: number | string): ModelKind {
  if (Object.hasOwn(models, name)) return kind;
  const what = `the network ${shownModule(name)}`;
  const safe = <A extends unknown[], R>(member: string, code: (...args: A) => R) =>
    limited(what, limit, explained(what, member, name, ModelContractError, code), ADVICE);
  const build: ModelKind["build"] = (task, options) => {
    const model = safe("build", kind.build.bind(kind))(task, options);
    return inheriting(model, {
      apply: safe("apply", model.apply.bind(model)),
      init: safe("init", model.init.bind(model)),
    });
  };
  return inheriting(kind, { build });
}

/** A data set of a user, with a limit to the time in which it is loaded. */
export function limitedDataset(
  name: string,
  kind: DatasetKind,
  limit: number | string,
): DatasetKind {
  const load = limited(`the data set ${name}`, limit, kind.load.bind(kind), ADVICE);
  return inheriting(kind, { load });
}

/** What of an object of a user may compute without end, or fail. */
export interface GuardedKind<T> {
  /** What messages call it: "optimizer". */
  readonly noun: string;
  readonly functions: ReadonlyArray<keyof T & string>;
  readonly Failure: new (message: string, options?: ErrorOptions) => Error;
}

/** An object of a user with a limit to the time of its functions, and errors that say whose they are. */
export function guarded<T extends object>(
  { noun, functions, Failure }: GuardedKind<T>,
  name: string,
  object: T,
  limit: number | string,
): T {
  const what = `the ${noun} ${shownModule(name)}`;
  const own = functions.map((key) => {
    const code = limited(what, limit, (object[key] as () => unknown).bind(object), ADVICE);
    const value = (...args: []) => {
      try {
        return code(...args);
      } catch (error) {
        if (error instanceof Error && /^(Plugin|Abort)/.test(error.name)) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new Failure(`${what} failed in ${key}: ${reason}`, { cause: error });
      }
    };
    return [key, value];
  });
  return inheriting(object, Object.fromEntries(own) as Partial<T>);
}

/** An object of any kind, also a frozen one, with some of its functions replaced. */
function inheriting<T extends object>(object: T, own: Partial<T>): T {
  return Object.create(object, Object.getOwnPropertyDescriptors(own)) as T;
}
