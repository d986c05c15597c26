/** A resolver that finds `./file.js` for an import of `./file`, as bundlers do. */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!specifier.startsWith(".")) throw error;
    return next(`${specifier}.js`, context);
  }
}
