import { tidy } from "@tensorflow/tfjs-core";
import { differs, repeatable, UnrepeatableLossError } from "../derivatives/repeatable.js";
import { callSite } from "../errors.js";
import type { ParameterTree } from "../parameters/parameters.js";
import { activeOp, intercept, type KernelCall } from "../tape/intercept.js";
import type { Loss } from "./differentiator.js";

/**
 * Calls the loss twice at the same parameters.
 *
 * @throws UnrepeatableLossError if its values differ, naming the first op that has other inputs
 */
export function requireSameEachTime(loss: Loss, params: ParameterTree): void {
  const what = "the loss";
  const value = () =>
    tidy(
      () =>
        repeatable(what, () => loss(params))
          .dataSync()
          .slice() as Float32Array,
    );
  if (!differs(value(), value())) return;
  const calls: string[] = [];
  let culprit: string | undefined;
  const run = (see: (call: KernelCall) => void) =>
    intercept(
      (call, kernel) => {
        see(call);
        return kernel(call);
      },
      () => tidy(() => loss(params)).dispose(),
    );
  run((call) => calls.push(fingerprint(call)));
  let next = 0;
  run((call) => {
    if (fingerprint(call) === calls[next++]) return;
    culprit ??= `${call.kernelName ?? "a custom gradient"}${callSite(activeOp())} has other inputs`;
  });
  throw new UnrepeatableLossError(
    what,
    culprit ?? "its ops have the same inputs, but other results",
  );
}

/** A kernel, and what its inputs hold, by a hash (FNV-1a). */
function fingerprint({ kernelName = "", inputs }: KernelCall): string {
  const hashes = Object.values(inputs).map((x) => {
    if (x == null) return "";
    const { buffer, byteOffset, byteLength } = x.dataSync();
    let hash = 0x811c9dc5;
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    return `${x.shape}:${hash}`;
  });
  return [kernelName, ...hashes].join(" ");
}
