import type { ReferenceReader } from '../orchestration/reference-reader.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';

/** What a template is rendered with. */
export interface RenderContext {
  readonly references: ReferenceReader;
  /** Environment of the worker, for `{{ $NAME }}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Learns every secret that is substituted; a scope forgets them with the run. */
  readonly secrets: SecretRegistry;
}
