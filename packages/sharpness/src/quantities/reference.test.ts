import { vi } from "vitest";

// The closed forms of these tests once more, through an engine of names and late answers.
vi.mock("../fixtures/bilinear.fixture.js", async (original) => {
  const { completeReference } = await import("../fixtures/reference.fixture.js");
  return {
    ...(await original<object>()),
    completeProblem: completeReference,
    disposeProblem: () => {},
  };
});

await import("./curvature.test.js");
await import("./gradients.test.js");
await import("./eigenvalues.test.js");
