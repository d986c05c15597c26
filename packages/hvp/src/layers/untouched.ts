/** Functions that leave nothing changed behind. */

import { keep, type Tensor, Variable } from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { shadow } from "../tape/intercept.js";
import { share } from "../tape/share.js";

type Restore = () => void;

/** What the function that runs now has to put back when it returns. */
let pending: Restore[] | undefined;

/**
 * Runs a function of the parameters so that what it changes does not outlast it: every `tf.Variable`
 * that it assigns, such as the moving averages of batch normalisation, gets its value back, also
 * after an exception, and so does what `putBackLater` was told of.
 */
export function untouched<T>(body: () => T): T {
  const before = pending;
  const restores: Restore[] = [];
  pending = restores;
  const undo = shadow(Variable.prototype, "assign", watchedAssign(restores));
  try {
    return body();
  } finally {
    undo();
    pending = before;
    for (const restore of restores.reverse()) restore();
  }
}

/** Whether a function runs that is left `untouched`. */
export function isUntouched(): boolean {
  return pending !== undefined;
}

/** Has something put back when the function that runs now, `untouched`, returns. */
export function putBackLater(restore: Restore): void {
  pending!.push(restore);
}

/** `assign` that first has the value noted that a variable had. */
function watchedAssign(restores: Restore[]): Variable["assign"] {
  const assign = Variable.prototype.assign;
  const noted = new Set<Variable>();
  return function (this: Variable, value: Tensor) {
    if (!noted.has(this) && !this.isDisposed) {
      noted.add(this);
      const old = keep(constant(() => share(this as Tensor)));
      restores.push(() => {
        if (!this.isDisposed) assign.call(this, old);
        old.dispose();
      });
    }
    assign.call(this, value);
  };
}
