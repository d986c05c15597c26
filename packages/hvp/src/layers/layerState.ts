/** What the layers of a model keep from call to call, and how it is put back. */

import { keep, Tensor } from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { share } from "../tape/share.js";

/** A layer, a model, or an array or plain object in one of their fields. */
type Holder = Record<string, unknown>;

/**
 * Notes what the fields of a model hold, and of everything in it: nested models, wrapped layers,
 * cells, layers in fields of others. There, and not in weights, layers keep the states of recurrent
 * networks, the masks of dropout, and what else their authors thought of. (Variables are the
 * business of `untouched`.)
 *
 * @returns puts it back, and disposes tensors that were kept in its place. `listsAlone`: only what
 *   lists hold, as the states of tfjs' recurrent layers: other fields may be notes for the caller.
 */
export function noteLayerState(model: object): (options?: { listsAlone: boolean }) => void {
  const noted = new Map<Holder, Map<string, unknown>>();
  /** Handles on tensors that a layer may dispose. */
  const handles = new Map<unknown, Tensor>();
  const left = [model as Holder];
  for (let holder = left.pop(); holder !== undefined; holder = left.pop()) {
    if (noted.has(holder)) continue;
    const fields = new Map(Object.entries(holder));
    noted.set(holder, fields);
    for (const value of fields.values()) {
      if (isHolder(value)) left.push(value);
      if (isLive(value) && !handles.has(value)) {
        handles.set(value, keep(constant(() => share(value))));
      }
    }
  }
  const discard = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(discard);
    else if (isLive(value) && value.kept && !handles.has(value)) value.dispose();
  };

  return ({ listsAlone } = { listsAlone: false }) => {
    const used = new Set<Tensor>();
    for (const [holder, fields] of noted) {
      for (const name of new Set([...Object.keys(holder), ...fields.keys()])) {
        const [now, before] = [holder[name], fields.get(name)];
        const handle = before instanceof Tensor && before.isDisposed && handles.get(before);
        const old = handle || before;
        if (now === old || (listsAlone && ![holder, old, now].some(Array.isArray))) continue;
        if (handle) used.add(handle);
        discard(now);
        if (fields.has(name)) holder[name] = old;
        else delete holder[name];
      }
      if (Array.isArray(holder)) holder.length = fields.size;
    }
    for (const handle of handles.values()) if (!used.has(handle)) handle.dispose();
  };
}

function isHolder(value: unknown): value is Holder {
  if (value === null || typeof value !== "object") return false;
  // Layers, models and cells say their class, as all that is saved with a model does.
  if (typeof (value as { getClassName?: unknown }).getClassName === "function") return true;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function isLive(value: unknown): value is Tensor & { kept: boolean } {
  return value instanceof Tensor && !value.isDisposed;
}
