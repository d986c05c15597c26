import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

tf.enableProdMode();
await tf.setBackend("cpu");
