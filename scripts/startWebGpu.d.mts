export const home: string;
export const SOFTWARE: string;
export function missingHere(): string | undefined;
export function startWebGpu(
  tf: typeof import("@tensorflow/tfjs-core"),
  options?: { readonly software?: boolean },
): Promise<{ readonly name: string; readonly absent?: undefined } | { readonly absent: string }>;
