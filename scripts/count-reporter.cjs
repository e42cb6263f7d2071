// Mocha's spec reporter that also writes its counts to the file named by COUNTS_FILE.
const { writeFileSync } = require('node:fs');
const mocha = require(process.env.MOCHA_PACKAGE);

class CountReporter extends mocha.reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    const { stats } = runner;
    runner.once('end', () => {
      const { passes, failures, pending } = stats;
      writeFileSync(process.env.COUNTS_FILE, JSON.stringify({ passes, failures, pending }));
    });
  }
}

module.exports = CountReporter;
