// Losses whose vectors are in another process: the protocol, and an engine that speaks it.

export { Channel, RemoteError } from "./channel.js";
export {
  encodeFrame,
  type Frame,
  FrameReader,
  MOST_BUFFER,
  MOST_JSON,
  PROTOCOL,
} from "./frames.js";
export { type ProblemDescription, remoteProblem } from "./remoteProblem.js";
export { type Precision, RemoteSpace, RemoteVector } from "./remoteSpace.js";
