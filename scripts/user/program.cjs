// The same in CommonJS: no bundler, `require` alone.
const { linearize } = require("@eoss/hvp");
require("@tensorflow/tfjs-backend-cpu");
const tf = require("@tensorflow/tfjs-core");

const { hvp } = linearize(({ w }) => tf.sum(tf.pow(w, 3)), { w: tf.tensor1d([1, 2]) });
const product = Array.from(hvp({ w: tf.ones([2]) }).w.dataSync(), Math.round);
if (product.join() !== "6,12") throw new Error(`Hv is [${product}], not [6,12]`);
console.log(`right on ${tf.getBackend()}`);
