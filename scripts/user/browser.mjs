// What tfjs takes a browser by, for bundles that are made for one.
globalThis.window = globalThis;
globalThis.document = {};
