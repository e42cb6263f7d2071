/** The attempt that every run of this benchmark is at. */
export const ATTEMPT_ID = 'attempt-1';
//# sourceMappingURL=alive-run.js.map