import { marginOf } from "@eoss/lab/internal";

/** `errorOf` of a record in SQL. @param of what stands before the names of the fields, e.g. "m." */
export function errorSql(of = ""): string {
  const [margin, standardError, errorBound] = ["margin", "standardError", "errorBound"].map(
    (name) => of + name,
  );
  return `CASE WHEN ${margin} IS NULL AND ${standardError} IS NULL AND ${errorBound} IS NULL THEN NULL
       ELSE coalesce(${margin}, ${marginOf({ standardError: 1 })} * ${standardError}, 0) + coalesce(${errorBound}, 0) END`;
}
