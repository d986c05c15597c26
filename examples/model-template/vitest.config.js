/** Tests beside the code; the second reporter is for those who count results. */
export default {
  test: { include: ["*.test.js"], reporters: ["default", "json"], outputFile: "test-results.json" },
};
