/**
 * The name of a quantity where `NAME/error` and the like stand beside `NAME`, and where names that begin
 * with _ are the program's own: two quantities never share a name, and none is a number beside another.
 */
export function tagOf(quantity: string): string {
  return quantity.replace(
    /^_|[/%]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
