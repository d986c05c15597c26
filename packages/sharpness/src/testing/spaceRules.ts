// The contract of an engine's vectors.
import { stream } from "@eoss/rng";
import { type Space, solversOf } from "../loss/space.js";
import { type EngineUnderTest, must, near, shown } from "./engineUnderTest.js";

/** So many entries that a sum in single precision is off by more than `SUM`, ... */
const LONG = 2 ** 18;
/** ... which no inner product may be, relative to the norms. */
const SUM = 1e-6;

type Rules = Record<string, () => Promise<void>>;

/** @param spaceOf the space of the engine's problem */
export function spaceRules<V>(engine: EngineUnderTest<V>, spaceOf: () => Promise<Space<V>>): Rules {
  const { accuracy = 1e-5 } = engine;
  const read = async (x: V) => Array.from(await engine.entries(x));
  const expectEntries = async (x: V, expected: readonly number[], what: string) => {
    const found = await read(x);
    must(near(found, expected, accuracy), `${what} is ${shown(found)}, not ${shown(expected)}`);
  };

  return {
    async "vectors: copies are their own, sums and multiples are what they should be"() {
      const full = await spaceOf();
      for (const space of [full, solversOf(full)]) {
        const x = space.copy(full.from([1, -2, 3]));
        const y = space.copy(full.from([4, 0.5, 0]));
        const sum = space.axpy(2, x, space.copy(y));
        await expectEntries(sum, [6, -3.5, 6], "axpy(2, x, y)");
        await expectEntries(x, [1, -2, 3], "x after axpy(2, x, y)");
        await expectEntries(y, [4, 0.5, 0], "y, of which axpy had a copy,");
        await expectEntries(space.scale(-3, space.copy(x)), [-3, 6, -9], "scale(-3, x)");
        await expectEntries(x, [1, -2, 3], "x, of which scale had a copy,");
        const product = await space.dot(x, y);
        must(Math.abs(product - 3) <= 1e-6, `xᵀy is ${product}, not 3`);
        if (full.entries) {
          const own = Array.from(await full.entries(full.from([1, -2, 3])));
          must(near(own, [1, -2, 3], accuracy), `entries(x) are ${shown(own)}, not 1, -2, 3`);
        }
      }
    },

    async "vectors: lists that are handed over may change before a number is asked for"() {
      const full = await spaceOf();
      const space = solversOf(full);
      const [x, y, z] = [
        [1, 0],
        [0, 1],
        [5, 5],
      ].map((v) => space.copy(full.from(v))) as [V, V, V];
      if (space.axpys) {
        const [weights, list] = [
          [2, 3],
          [x, y],
        ];
        const sum = space.axpys(weights, list, space.copy(z));
        weights.fill(100);
        list.push(z);
        await expectEntries(sum, [7, 8], "axpys([2, 3], [x, y], z)");
      }
      if (space.dots) {
        const list = [x, y];
        const later = space.dots(list, z);
        list.push(z);
        const found = Array.from(await later);
        must(near(found, [5, 5], accuracy), `dots([x, y], z) is ${shown(found)}, not [5, 5]`);
      }
    },

    async "inner products are summed in double precision"() {
      const space = await spaceOf();
      const x = space.normals(LONG, stream(1, "long"));
      const entries = await read(x);
      const exact = entries.reduce((sum, v) => sum + v * v, 0);
      const found = [await space.dot(x, x), await solversOf(space).dot(x, x)];
      const several = await solversOf(space).dots?.([x, x], x);
      if (several) found.push(...Array.from(several));
      for (const square of found) {
        const off = Math.abs(square / exact - 1);
        must(
          off <= SUM,
          `xᵀx of ${LONG} entries is off by ${off.toExponential(1)}; sum it in float64, or in blocks whose sums are added in float64`,
        );
      }
    },

    async "random vectors are what their names say, and a function of the stream"() {
      const space = await spaceOf();
      const n = 10_000;
      const draw = async (make: (seed: number) => V) =>
        [await read(make(1)), await read(make(1)), await read(make(2))] as const;
      for (const name of ["normals", "signs"] as const) {
        const [once, again, other] = await draw((seed) => space[name](n, stream(seed, "draw")));
        must(once.length === n, `${name}(n) has ${once.length} entries, not n = ${n}`);
        must(near(once, again, 0), `${name} of one stream are not the same twice`);
        const along = once.reduce((sum, v, i) => sum + v * other[i]!, 0) / n;
        must(Math.abs(along) < 0.05, `${name} of two streams are not independent`);
        const mean = once.reduce((sum, v) => sum + v, 0) / n;
        const square = once.reduce((sum, v) => sum + v * v, 0) / n;
        must(Math.abs(mean) < 0.05, `${name} have the mean ${mean}, not 0`);
        must(Math.abs(square - 1) < 0.07, `${name} have the mean square ${square}, not 1`);
        const fourth = once.reduce((sum, v) => sum + v ** 4, 0) / n;
        const expected = name === "normals" ? 3 : 1;
        must(
          Math.abs(fourth - expected) < 0.1 * expected ** 2,
          `${name} have the fourth moment ${fourth}, not ${expected}`,
        );
      }
    },
  };
}
