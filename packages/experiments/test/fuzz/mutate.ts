import { type RandomStream, stream } from "@eoss/rng";

/** Random choices, one after another. */
export class Dice {
  #drawn = 0;

  constructor(readonly stream: RandomStream) {}

  /** An integer from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.stream.uniformAt(this.#drawn++) * count);
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  chance(share: number): boolean {
    return this.stream.uniformAt(this.#drawn++) < share;
  }
}

/** The choices of one case. */
export function diceOf(seed: number, index: number): Dice {
  return new Dice(stream(seed, "fuzz").fork(index));
}

/** Text that no JSON.stringify writes, put in place of values as it stands. */
class Verbatim {
  constructor(readonly text: string) {}
}

const nested = (depth: number, open: string, close: string) =>
  new Verbatim(open.repeat(depth) + close.repeat(depth));

/** What stands in for any value of a file. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, "", [], {}, -1, 0, -0, 0.5, 1, 2, 3, 7, 1e308, -1e308, 5e-324, 1e21],
  ...[2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e-7, 123456789.123],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "length",
    "NaN",
    "Infinity",
    "null",
  ],
  ...["full", "auto", "plateau", "sgd", "adam", "heavy-ball", "cosine", "steps", "warm-up"],
  ...["minibs", "fullbs", "loss", "step-loss", "batch-sharpness", "2024-13-45", "minibs - fullbs"],
  ...[
    "'; CREATE TABLE injected (x INT); --",
    "\"; COPY (SELECT 1) TO 'injected.csv'; --",
    "')) --",
  ],
  ...["../../../../etc/passwd", "/dev/zero", "file:///etc/passwd", "https://example.org/x"],
  ...[
    "<script>x</script>",
    "\u0000\u001b[2J",
    "\u202e\u009b2J",
    "\ud800",
    "🙂".repeat(40),
    "a".repeat(20_000),
  ],
  ...["at=plateau lr=0.1", "at=3 lr=1e308", "lr=cosine to=0 steps=1e15", "batch=steps at=1:2,3:4"],
  ...["window=1e308", "quantity=./canary.mjs", "heavy-ball momentum=1e9", "adam betas=0:0"],
  { value: { value: null } },
  { __proto__: null, toString: 1, valueOf: null, length: 1e9 },
  { kind: "warm-up", from: 0, steps: 2 ** 40, after: 1 },
  { kind: "steps", initial: 1, changes: [] },
  { kind: "cosine", from: 1, to: 0, steps: 1 },
  Array.from({ length: 3000 }, (_, i) => i),
  Array.from({ length: 3000 }, () => ({ at: 1, learningRate: 1 })),
  Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key${i}`, i])),
  new Verbatim('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": 1}}}'),
  new Verbatim("1e999"),
  new Verbatim("-1e999"),
  new Verbatim("9".repeat(400)),
  new Verbatim("NaN"),
  nested(100, "[", "]"),
  nested(100_000, "[", "]"),
  nested(20_000, '{"a":', "}"),
];

/** A value of a file: one that means trouble, or the name of code that must not be loaded. */
function nastyValue(dice: Dice, canary: string): unknown {
  if (dice.chance(0.1)) return dice.one([canary, `${canary}#x`, [canary]]);
  const value = dice.one(VALUES);
  return value instanceof Verbatim ? value : structuredClone(value);
}

/** One of the type of another value, so that reading gets further. */
function likeValue(dice: Dice, value: unknown, canary: string): unknown {
  const alike = VALUES.filter(
    (other) => typeof other === typeof value && !(other instanceof Verbatim),
  );
  return alike.length === 0 ? nastyValue(dice, canary) : structuredClone(dice.one(alike));
}

/** JSON in which some values are others, missing, doubled or wrapped. */
export function mutatedJson(dice: Dice, content: unknown, canary: string): string {
  let changed: unknown = structuredClone(content);
  for (let times = dice.one([1, 1, 1, 2, 3]); times > 0; times--)
    changed = changedOnce(dice, changed, canary);
  return written(changed);
}

function changedOnce(dice: Dice, root: unknown, canary: string): unknown {
  const holder = { root };
  let [parent, key]: [Record<string, unknown>, string] = [holder, "root"];
  // Down to a random place, which may be the top.
  while (dice.chance(0.85)) {
    const value = parent[key];
    if (typeof value !== "object" || value === null || value instanceof Verbatim) break;
    const keys = Object.keys(value);
    if (keys.length === 0) break;
    [parent, key] = [value as Record<string, unknown>, dice.one(keys)];
  }
  const value = parent[key];
  const way = dice.below(10);
  if (way === 0) delete parent[key];
  else if (way === 1 && Array.isArray(value)) parent[key] = [...value, ...value];
  else if (way === 2) parent[key] = [value];
  else if (way === 3) parent[key] = { value };
  else if (way === 4 && typeof value === "number") {
    parent[key] = value * dice.one([-1, 0.5, 1e6, 1e-9, 1e300]);
  } else if (way === 5 && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const name = dice.one(["__proto__", "constructor", "toString", "x", ...Object.keys(value)]);
    const extra = `${JSON.stringify(name)}: ${written(nastyValue(dice, canary))}`;
    const rest = written(value).slice(1);
    // Behind the others or before them, perhaps for the second time.
    parent[key] = new Verbatim(rest === "}" ? `{${extra}}` : `{${extra}, ${rest}`);
  } else if (dice.chance(0.6)) parent[key] = likeValue(dice, value, canary);
  else parent[key] = nastyValue(dice, canary);
  return holder.root;
}

function written(value: unknown): string {
  if (value instanceof Verbatim) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  return `{${Object.entries(value)
    .map(([key, part]) => `${JSON.stringify(key)}:${written(part)}`)
    .join(",")}}`;
}

/** Bytes some of which are others, missing, doubled or foreign. */
export function mutatedBytes(dice: Dice, bytes: Uint8Array, snippets: readonly string[]): Buffer {
  let changed = Buffer.from(bytes);
  for (let times = 1 + dice.below(4); times > 0; times--) {
    const at = dice.below(changed.length + 1);
    const length = dice.below(Math.min(200, changed.length - at + 1));
    const [before, part, after] = [
      changed.subarray(0, at),
      changed.subarray(at, at + length),
      changed.subarray(at + length),
    ];
    const way = dice.below(7);
    if (way === 0) changed = Buffer.from(before);
    else if (way === 1) changed = Buffer.concat([before, after]);
    else if (way === 2) changed = Buffer.concat([before, part, part, after]);
    else if (way === 3) changed = Buffer.concat([before, Buffer.from(dice.one(snippets)), after]);
    else if (way === 4) {
      const foreign = Uint8Array.from({ length: 1 + dice.below(8) }, () => dice.below(256));
      changed = Buffer.concat([before, foreign, after]);
    } else {
      changed = Buffer.from(changed);
      for (let flips = 1 + dice.below(8); flips > 0 && changed.length > 0; flips--) {
        const place = dice.below(changed.length);
        changed[place] = changed[place]! ^ (1 << dice.below(8));
      }
    }
  }
  return changed;
}

/** What stands in JSON where it is least expected. */
export const JSON_SNIPPETS = [
  ...['"__proto__":{"polluted":true},', "null,", "{}", "[]", "\n", "\n\n", "\0", '"', "\\u0000"],
  ...["\\ud800", "1e999", "-", "[".repeat(5000), '{"a":'.repeat(5000), "\ufeff", "//", "/*", "'"],
];

/** And in YAML. */
export const YAML_SNIPPETS = [
  ...[
    "&a [*a]",
    "*a",
    "*nowhere",
    "<<: *a\n",
    "&a ",
    "!!binary aGk=",
    "!!js/function 'x'",
    "!!set {a}",
  ],
  ...["!<tag:yaml.org,2002:python/object:x> y", "? [a, b]\n: c\n", "---\n", "...\n", "%YAML 9.9\n"],
  ...[
    "__proto__: { polluted: true }\n",
    "constructor: 1\n",
    "|\n",
    ">-\n",
    "\t",
    "#",
    ": ",
    "- ",
    "@",
  ],
  ...["[".repeat(3000), "{a: ".repeat(3000), "- ".repeat(3000), "? ".repeat(3000), "\r", "\u2028"],
  ...["1_000", "0x1F", "0o17", ".inf", "-.INF", ".nan", "2001-12-14t21:59:43.10-05:00", "~", "yes"],
  ...["base: &b { lr: 1 }\n", "list: { a: *b, __proto__: { lr: 1 } }\n", "grid: { lr: [1, 1] }\n"],
  bomb(9, 9),
  bomb(30, 2),
  `grid: { ${Array.from({ length: 12 }, (_, i) => `k${i}: [${Array.from({ length: 30 }, (_, k) => k)}]`).join(", ")} }\n`,
  `grid: { seed: [${Array.from({ length: 2000 }, (_, k) => k)}] }\n`,
];

/** Each line holds the line before it several times. */
function bomb(lines: number, times: number): string {
  const line = (i: number) =>
    `b${i}: &b${i} [${Array(times).fill(i === 0 ? "x" : `*b${i - 1}`)}]\n`;
  return Array.from({ length: lines }, (_, i) => line(i)).join("");
}
