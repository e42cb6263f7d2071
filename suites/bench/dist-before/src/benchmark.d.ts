/** One figure that was measured. */
export interface Figure {
    readonly name: string;
    readonly value: number;
    /** Such as `ms`, `MiB`, `runs/s`. */
    readonly unit: string;
    /** The most (or, with `atLeast`, the least) it may be; null: it is only told. */
    readonly limit: number | null;
    readonly isLeast?: boolean;
}
/** Something that is measured on real processes. */
export interface Benchmark {
    readonly name: string;
    measure(): Promise<readonly Figure[]>;
}
/** Whether a figure keeps its limit. */
export declare function keepsLimit({ value, limit, isLeast }: Figure): boolean;
/** The middle of the values; NaN of none. */
export declare function medianOf(values: readonly number[]): number;
