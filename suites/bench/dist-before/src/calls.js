/** Calls that each run needs, as far as ECS is concerned. */
const OF_EACH_RUN = 'ecs:RunTask';
/** All calls that were made for so many runs: RunTask once a run, the others shared. */
export function callFigures(aws, runs) {
    const counts = aws.callCounts();
    const figures = Object.entries(counts)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([operation, { total }]) => {
        const limit = operation === OF_EACH_RUN ? 1 : null;
        return { name: `${operation} a run`, value: total / runs, unit: 'calls', limit };
    });
    const throttled = Object.entries(counts).filter(([, count]) => count.throttled > 0);
    const which = throttled.map(([operation, count]) => `${operation} ${count.throttled}`).join(', ');
    return [
        ...figures,
        {
            name: `calls answered by a throttle${which && ` (${which})`}`,
            value: throttled.reduce((sum, [, count]) => sum + count.throttled, 0),
            unit: 'calls',
            limit: 0,
        },
    ];
}
//# sourceMappingURL=calls.js.map