/** One panel of a page that can be asked. */
export declare class Panel {
  constructor(
    element: unknown,
    data: { readonly s: readonly unknown[]; readonly [axis: string]: unknown },
    id: string,
    plot: { say(ring: unknown, words: string[]): void; zoomed(): void },
  );
  choose(point: unknown): void;
}

/** A series of a figure as it was before it was made short for a page. */
export declare function decoded(series: readonly unknown[]): readonly unknown[];
