/** Whether a figure keeps its limit. */
export function keepsLimit({ value, limit, isLeast = false }) {
    if (limit === null)
        return true;
    return isLeast ? value >= limit : value <= limit;
}
/** The middle of the values; NaN of none. */
export function medianOf(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    if (sorted.length % 2 === 1)
        return sorted[middle] ?? Number.NaN;
    return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
//# sourceMappingURL=benchmark.js.map