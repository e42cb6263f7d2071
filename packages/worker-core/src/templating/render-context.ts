import type { ReferenceReader } from '../orchestration/reference-reader.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';

/** Input for rendering a template. */
export interface RenderContext {
  readonly references: ReferenceReader;
  /** Environment of the worker, for `{{ $NAME }}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Receives every secret that is substituted; a scope removes them with the run. */
  readonly secrets: SecretRegistry;
}
