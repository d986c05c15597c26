import { SPECTRUM_PARTS } from "@eoss/run/internal";
import { errorSql } from "./errorSql.js";
import { literal } from "./sql.js";

const { at, density } = SPECTRUM_PARTS;

/** A field of a part as a list, also where it is one number. */
const listOf = (part: string, field: string) => {
  const found = `json_extract(${part}, '$.${field}')`;
  return `CASE json_type(${found}) WHEN 'ARRAY' THEN CAST(${found} AS DOUBLE[])
       ELSE [CAST(${found} AS DOUBLE)] END`;
};

/**
 * The view `parts`: one row for each further number of a record, as `partRows` has them. That of a list
 * has its place in it, and a point of a density the λ that it belongs to.
 */
export const PARTS_VIEW = `CREATE VIEW parts AS
  WITH named AS (
    SELECT run, step, quantity, unnest(map_entries(CAST(parts AS MAP(VARCHAR, JSON)))) AS entry,
      json_array_length(parts, '$.${at}.value') AS points,
      points >= 2 AND points = json_array_length(parts, '$.${density}.value') AS has_density,
      CASE WHEN has_density THEN CAST(json_extract(parts, '$.${at}.value') AS DOUBLE[]) END AS lambdas
    FROM metrics WHERE parts IS NOT NULL),
  lists AS (
    SELECT run, step, quantity, entry.key AS part,
      json_type(entry.value, '$.value') = 'ARRAY' AS is_list,
      CASE WHEN entry.key = ${literal(density)} THEN lambdas END AS lambdas,
      ${["value", "standardError", "margin", "errorBound"].map((field) => `${listOf("entry.value", field)} AS ${field}s`).join(",\n      ")}
    FROM named WHERE NOT (coalesce(has_density, false) AND entry.key = ${literal(at)})),
  numbers AS (
    SELECT run, step, quantity, part, is_list, place, lambdas[place] AS at_lambda, "values"[place] AS value,
      standardErrors[place] AS standardError, margins[place] AS margin,
      errorBounds[place] AS errorBound
    FROM (SELECT *, unnest(generate_series(1, len("values"))) AS place FROM lists))
  SELECT run, step, quantity, part, CASE WHEN is_list THEN place END AS place, at_lambda, value,
    ${errorSql()} AS error, standardError AS standard_error, errorBound AS error_bound
  FROM numbers`;
