import { readFileSync } from "node:fs";
import { ConfigError } from "@eoss/run";
import { cut, issueText, isTooDeep } from "@eoss/run/internal";
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from "yaml";
import { z } from "zod";

/** Characters; the longest recipe here has some thousands. */
const LONGEST = 1_000_000;
const TOO_DEEP = "lists or settings are nested too deeply";

/** As the parser reports it, or leaves it to the caller. */
function isStackEnd({ message }: Error): boolean {
  return /call stack/i.test(message);
}

/** An object with these keys and no others; messages name them. */
export function strictKeys<S extends z.ZodRawShape>(shape: S) {
  const allowed = `allowed: ${Object.keys(shape).join(", ")}`;
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === "unrecognized_keys"
        ? `unknown key; ${allowed}`
        : code === "invalid_type"
          ? `expected keys with values; ${allowed}`
          : undefined,
  });
}

/** Keys and indices from the top of a file down to a value. */
export type Path = ReadonlyArray<PropertyKey>;

/** A YAML or JSON file that knows at which line each of its values stands. */
export class SourceFile {
  readonly value: unknown;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  /** @throws ConfigError naming file and line where the syntax is wrong */
  constructor(
    readonly file: string,
    readonly text: string,
  ) {
    if (text.length > LONGEST) {
      throw new ConfigError(`${file} has ${text.length} characters; allowed: up to ${LONGEST}`);
    }
    // Warnings would go to stderr as they are, with texts of the file in them.
    // Keys that stand twice it looks for in a time that grows with their square.
    const options = {
      lineCounter: this.#lines,
      prettyErrors: false,
      logLevel: "error",
      uniqueKeys: false,
    } as const;
    // What nests too deeply ends the stack, what repeats too often or itself cannot be resolved.
    this.#document = this.#explained(() => parseDocument(text, options));
    const problem = this.#document.errors[0];
    if (problem !== undefined) {
      const { line } = this.#lines.linePos(problem.pos[0]);
      const message = isStackEnd(problem) ? TOO_DEEP : problem.message;
      throw new ConfigError(`${file}:${line}: ${message}`);
    }
    this.#explained(() => this.#checkKeys());
    this.value = this.#explained(() => this.#document.toJS());
    if (isTooDeep(this.value)) throw new ConfigError(`${file}: ${TOO_DEEP}`);
  }

  /** @throws ConfigError if the file cannot be read, or as the constructor */
  static read(file: string): SourceFile {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      throw new ConfigError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
    return new SourceFile(file, text);
  }

  /** Whether there is a value at the path. */
  has(path: Path): boolean {
    return this.#find(path).depth === path.length;
  }

  /** "file:line: key" of the value at a path, or of what stands nearest above where it is missing. */
  place(path: Path): string {
    const { line } = this.#lines.linePos(this.#find(path).offset);
    const key = path.length > 0 ? `: ${cut(path.map(String).join("."), 80)}` : "";
    return `${this.file}:${Math.max(1, line)}${key}`;
  }

  /**
   * The content as a schema has it.
   *
   * @throws ConfigError naming file, line and key of the first thing that does not fit
   */
  parse<T>(schema: z.ZodType<T>): T {
    const result = schema.safeParse(this.value);
    if (result.success) return result.data;
    const issue = result.error.issues[0]!;
    const stray = issue.code === "unrecognized_keys" ? [issue.keys[0]!] : [];
    // What is wrong with a key stands a level deeper.
    const message = issue.code === "invalid_key" ? issue.issues[0]!.message : issue.message;
    throw new ConfigError(
      `${this.place([...issue.path, ...stray])}: ${issueText({ path: [], message })}`,
    );
  }

  /**
   * The text with some of its texts changed, and all else as it is.
   *
   * @param change a text, and the key in whose value it stands, alone or in a list
   */
  rewritten(change: (key: string, text: string) => string): string {
    const edits: { from: number; to: number; text: string }[] = [];
    visit(this.#document, {
      Scalar: (at, { value, range }, above) => {
        const pair = above.findLast((node) => isPair(node));
        if (at === "key" || typeof value !== "string" || !range || !isScalar(pair?.key)) return;
        const text = change(String(pair.key.value), value);
        if (text !== value)
          edits.push({ from: range[0], to: range[1], text: JSON.stringify(text) });
      },
    });
    return edits.reduceRight(
      (all, { from, to, text }) => all.slice(0, from) + text + all.slice(to),
      this.text,
    );
  }

  #explained<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      const { message } = error as Error;
      throw new ConfigError(`${this.file}: ${isStackEnd(error as Error) ? TOO_DEEP : message}`);
    }
  }

  /** Lists within keys within keys take for ever to be written as names; no key stands twice. */
  #checkKeys(): void {
    visit(this.#document, {
      Map: (_, { items }) => {
        const keys = new Set<string>();
        for (const { key } of items) {
          if (!isScalar(key)) continue;
          const name = String(key.value);
          if (keys.has(name)) {
            const { line } = this.#lines.linePos(key.range?.[0] ?? 0);
            throw new ConfigError(`${this.file}:${line}: the key ${cut(name, 80)} is given twice`);
          }
          // Schemas would drop it in silence.
          if (name === "__proto__") throw new Error("the key __proto__ is not allowed");
          keys.add(name);
        }
      },
      Pair: (_, { key }) => {
        if (!isScalar(key)) throw new Error("a key is a list, a map or an alias; expected a name");
      },
    });
  }

  #find(path: Path): { offset: number; depth: number } {
    let node: unknown = this.#document.contents;
    let offset = this.#document.contents?.range[0] ?? 0;
    for (const [depth, key] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.#document);
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === key,
        );
        if (pair === undefined) return { offset, depth };
        offset = (pair.key as { range?: number[] }).range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof key === "number" && key < node.items.length) {
        node = node.items[key];
        offset = (node as { range?: number[] }).range?.[0] ?? offset;
      } else return { offset, depth };
    }
    return { offset, depth: path.length };
  }
}
