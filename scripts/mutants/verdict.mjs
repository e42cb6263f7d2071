/** Share of the mutants that tests must catch. */
export const MARK_PERCENT = 85;

/** Uncaught mutants allowed in any sample: in a few changed lines, one mutant is a large share. */
const SPARE_IN_SAMPLE = 3;

/** Returns the counts of one target and whether it is below the mark. Untested mutants are not counted. */
export function verdictOf(mutants, { isSample }) {
  const count = (outcome) => mutants.filter((mutant) => mutant.outcome === outcome).length;
  const byTest = count('caught');
  const byTimeout = count('timeout');
  const survived = count('survived');
  const uncovered = count('uncovered');
  const caught = byTest + byTimeout;
  const tried = caught + survived + uncovered;
  const percent = tried === 0 ? 100 : (100 * caught) / tried;
  const isExcused = isSample && survived + uncovered <= SPARE_IN_SAMPLE;
  return {
    ...{ byTest, byTimeout, survived, uncovered, caught, tried, percent },
    untried: mutants.length - tried,
    isBelow: percent < MARK_PERCENT && !isExcused,
  };
}

/** Returns the report of one target: its counts, then each mutant that was not caught. */
export function reportOf(name, mutants, verdict, equivalentCount) {
  const { byTest, byTimeout, survived, uncovered, caught, tried, percent, untried, isBelow } = verdict;
  const parts = [
    `${byTest} by a failing test, ${byTimeout} by a timeout`,
    `${survived} survived, ${uncovered} without coverage`,
    ...(equivalentCount > 0 ? [`${equivalentCount} equivalent`] : []),
    ...(untried > 0 ? [`${untried} not tested`] : []),
  ];
  const mark = isBelow ? ` BELOW ${MARK_PERCENT} %` : '';
  // Rounded down, so that 84.99 % does not read as 85.0 %.
  const shown = (Math.floor(percent * 10) / 10).toFixed(1);
  return [
    `${name}: ${caught} of ${tried} caught, ${shown} %${mark} (${parts.join('; ')})`,
    ...mutants
      .filter(({ outcome }) => outcome === 'survived' || outcome === 'uncovered')
      .map((mutant) => `  ${mutant.outcome === 'survived' ? 'survived   ' : 'no coverage'}  ${mutantLine(mutant)}`),
  ];
}

/** Returns one mutant as a line: file, line, name. */
export function mutantLine({ file, line, name }) {
  return `${file}:${line}  ${name}`;
}
