import { throttlingException } from '../server/aws-error.js';
import { AWS_BUCKETS, type BucketLimits, type BucketName } from './buckets.js';
import { TokenBucket } from './token-bucket.js';

/** The token buckets of one account in one Region. */
export class Throttle {
  readonly #limits: Readonly<Record<string, BucketLimits>> | null;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limits: 'off' | 'aws' | Readonly<Record<string, BucketLimits>>, nowMs: () => number) {
    this.#limits = limits === 'off' ? null : limits === 'aws' ? AWS_BUCKETS : limits;
    this.#nowMs = nowMs;
  }

  /** Takes the tokens from all these buckets, or throws ThrottlingException and takes none. */
  take(...wanted: readonly { bucket: BucketName; tokens: number }[]): void {
    if (this.#limits === null) return;
    const nowMs = this.#nowMs();
    const ready: { bucket: TokenBucket; tokens: number }[] = [];
    for (const { bucket, tokens } of wanted) {
      const found = this.#bucket(bucket, nowMs);
      if (found === null) continue;
      if (!found.has(tokens, nowMs)) throw throttlingException();
      ready.push({ bucket: found, tokens });
    }
    for (const { bucket, tokens } of ready) bucket.take(tokens);
  }

  #bucket(name: BucketName, nowMs: number): TokenBucket | null {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const limits = this.#limits?.[name];
    if (limits === undefined) return null;
    const made = new TokenBucket(limits.burst, limits.perSecond, nowMs);
    this.#buckets.set(name, made);
    return made;
  }
}
