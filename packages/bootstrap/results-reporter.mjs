// Vitest's reporter for the bootstrap: a line for each file as it ends, so that a run that is stopped has told what it knew.
import { appendFileSync } from "node:fs";

export default class ResultsReporter {
  #file = process.env.BLUEGREEN_TEST_RESULTS;

  onTestModuleEnd(module) {
    const tests = [...module.children.allTests()].map((test) => {
      const { state, errors = [] } = test.result();
      return { status: state, fullName: test.fullName, message: errors[0]?.message ?? "" };
    });
    // Of a suite's hooks, too.
    const [error] = [module, ...module.children.allSuites()].flatMap((one) => [...one.errors()]);
    const result = { name: module.moduleId, status: module.state(), message: error?.message ?? "", tests };
    appendFileSync(this.#file, `${JSON.stringify(result)}\n`);
  }
}
