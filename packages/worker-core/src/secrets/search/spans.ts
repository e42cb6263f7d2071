/** Ranges of a text in ascending order that do not touch. */
export class Spans {
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  get size(): number {
    return this.starts.length;
  }

  /** Adds a range that ends no earlier than all existing ones; merges it with ranges that it touches. */
  add(start: number, end: number): void {
    let first = start;
    let last = end;
    while ((this.ends.at(-1) ?? -1) >= first) {
      first = Math.min(first, this.starts.pop() ?? first);
      last = Math.max(last, this.ends.pop() ?? last);
    }
    this.starts.push(first);
    this.ends.push(last);
  }

  /** Adds ranges that begin no earlier than most existing ones. */
  append(other: Spans): void {
    const first = other.starts[0] ?? Number.POSITIVE_INFINITY;
    let kept = this.size;
    while (kept > 0 && (this.ends[kept - 1] ?? 0) >= first) kept -= 1;
    const last = new Spans();
    for (let index = kept; index < this.size; index += 1) last.add(this.starts[index] ?? 0, this.ends[index] ?? 0);
    this.starts.length = kept;
    this.ends.length = kept;
    const both = last.with(other);
    for (const [index, start] of both.starts.entries()) this.add(start, both.ends[index] ?? start);
  }

  /** Returns the union of both. */
  with(other: Spans): Spans {
    if (other.size === 0) return this;
    if (this.size === 0) return other;
    const both = new Spans();
    for (let own = 0, others = 0; own < this.size || others < other.size; ) {
      const ownEnd = this.ends[own] ?? Number.POSITIVE_INFINITY;
      const otherEnd = other.ends[others] ?? Number.POSITIVE_INFINITY;
      if (ownEnd <= otherEnd) {
        both.add(this.starts[own] ?? 0, ownEnd);
        own += 1;
      } else {
        both.add(other.starts[others] ?? 0, otherEnd);
        others += 1;
      }
    }
    return both;
  }

  /** Returns the text with each range replaced. */
  replaceIn(text: string, replacement: string): string {
    let result = '';
    let from = 0;
    for (const [index, start] of this.starts.entries()) {
      result += text.slice(from, start) + replacement;
      from = this.ends[index] ?? start;
    }
    return result + text.slice(from);
  }
}
