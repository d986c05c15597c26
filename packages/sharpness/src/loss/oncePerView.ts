// Work on a loss that several quantities share.
import type { LossView } from "./lossView.js";

/** The same, done at the first call for a view; later ones get what it found, and spend no products. */
export function oncePerView<A extends unknown[], T extends { readonly products: number }>(
  work: (view: LossView, ...rest: A) => Promise<T>,
): (view: LossView, ...rest: A) => Promise<T> {
  const found = new WeakMap<LossView, Promise<T>>();
  return async (view, ...rest) => {
    const known = found.get(view);
    if (known !== undefined) return { ...(await known), products: 0 };
    const made = work(view, ...rest);
    found.set(view, made);
    return made;
  };
}
