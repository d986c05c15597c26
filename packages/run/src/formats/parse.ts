import { EossError } from "@eoss/rng";
import { checkTypedOptions, needed, number } from "@eoss/rng/internal";
import { resolvePlateaus } from "@eoss/sgd";
import type { z } from "zod";
import { isTooDeep } from "../settings/depth.js";
import { issueText } from "../settings/issueText.js";
import { manifestHeader, manifestSchema, type RunManifest } from "./manifestSchema.js";
import { RUN_FORMAT_VERSION } from "./names.js";
import { type MetricRecord, recordSchema } from "./recordSchema.js";

/** A run folder that cannot be read: the message says which file, where, and what was expected. */
export class RunFolderError extends EossError {
  override readonly name = "RunFolderError";
}

/**
 * The manifest that the text of a `run.json` holds. Fields that this version does not know are kept.
 *
 * @param file what messages call the text
 * @throws RunFolderError if it is damaged, or of a newer format
 */
export function parseManifest(text: string, file: string): RunManifest {
  const content = parse(text, file);
  const header = check(manifestHeader, content, file);
  if (header.formatVersion > RUN_FORMAT_VERSION) {
    throw new RunFolderError(
      `${file}: the run has format version ${header.formatVersion}, and this eoss reads ` +
        `versions up to ${RUN_FORMAT_VERSION}: use a newer eoss`,
    );
  }
  const manifest = check(manifestSchema, content, file);
  try {
    resolvePlateaus(
      manifest.plan,
      manifest.plateaus.map(({ step }) => step),
    );
  } catch (error) {
    throw new RunFolderError(`${file}: "plateaus": ${(error as Error).message}`);
  }
  return manifest;
}

/** What is taken of records that may be a stranger's. */
interface RecordLimits {
  readonly records: number;
  /** Characters. */
  readonly line: number;
}

/** The records that the text of a `metrics.jsonl` holds, in the order they were written. */
export interface ParsedRecords {
  readonly records: readonly MetricRecord[];
  /** The last line was cut off, as a kill while writing leaves it. */
  readonly truncated: boolean;
}

/** A run folder in memory. */
export interface Run extends ParsedRecords {
  /** What the folder is called in messages: as it was named. */
  readonly directory: string;
  /** Its absolute path, and that of the run that a fork left; absent where there are no folders. */
  readonly path?: string;
  readonly parentPath?: string;
  readonly manifest: RunManifest;
}

/**
 * @param file as `parseManifest`
 * @param most records that there may be, and characters of a line
 * @throws RunFolderError if a line is damaged that is not the last, or if there is more
 */
export function parseRecords(
  text: string,
  file: string,
  most: RecordLimits = { records: Number.POSITIVE_INFINITY, line: Number.POSITIVE_INFINITY },
): ParsedRecords {
  checkTypedOptions("parseRecords", most, { records: needed(number), line: needed(number) });
  const records: MetricRecord[] = [];
  // Line by line: of a file of line feeds alone a list of lines would fill the memory.
  for (let begin = 0; begin < text.length; ) {
    const feed = text.indexOf("\n", begin);
    const end = feed < 0 ? text.length : feed;
    const over =
      end - begin > most.line
        ? `a line of more than ${most.line} characters`
        : records.length >= most.records && `more than ${most.records} records`;
    if (over) throw new RunFolderError(`${file} has ${over}, which is the limit here`);
    const line = text.slice(begin, end);
    // Only what no newline ends can have been cut off.
    if (feed < 0 && !isJson(line)) return { records, truncated: true };
    records.push(parseRecord(line, `${file}, line ${records.length + 1}`));
    begin = end + 1;
  }
  return { records, truncated: false };
}

/** @param place what messages call the line @throws RunFolderError if it is no record */
export function parseRecord(line: string, place: string): MetricRecord {
  return check(recordSchema, parse(line, place), place);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parse(text: string, place: string): unknown {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    throw new RunFolderError(
      `${place}: expected a JSON object, found ${JSON.stringify(start)} (${(error as Error).message})`,
      { cause: error },
    );
  }
  if (!isTooDeep(content)) return content;
  throw new RunFolderError(`${place}: lists or objects are nested too deeply for a run`);
}

/** Of what is wrong with a file, so much is said. */
const SHOWN = 5;

function check<T>(schema: z.ZodType<T>, content: unknown, place: string): T {
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const problems = result.error.issues.map(issueText);
  const more = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : "";
  throw new RunFolderError(`${place}: ${problems.slice(0, SHOWN).join("; ")}${more}`);
}
