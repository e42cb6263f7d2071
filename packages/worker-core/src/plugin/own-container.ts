import 'reflect-metadata';
import { createRequire } from 'node:module';
import type { DependencyContainer, InjectionToken } from 'tsyringe';

const require = createRequire(import.meta.url);

interface Disposable {
  dispose(): Promise<void> | void;
}

/** A container whose creator disposes of what it creates. */
export interface OwnContainer {
  readonly container: DependencyContainer;
  /**
   * Disposes once of everything that the container created, by class or by factory, and that has a `dispose` method, in reverse
   * order of creation. It does not touch what was registered as a value. The container creates nothing afterwards.
   *
   * @throws AggregateError of the errors of all `dispose` methods.
   */
  dispose(): Promise<void>;
}

/** Creates an empty container. @param failure message of the error if disposal fails */
export function ownContainer(failure: string): OwnContainer {
  // Loaded on demand: it takes a tenth of the time of a command that lists runs, which does not need it.
  const { container: root } = require('tsyringe') as typeof import('tsyringe');
  const container = root.createChildContainer();
  const disposables = Disposables.of(container, failure);
  return {
    container,
    dispose: async () => {
      try {
        await disposables.dispose();
      } finally {
        await container.dispose();
      }
    },
  };
}

/**
 * Tracks everything with a `dispose` method that a container creates, by class or by factory, in order of creation. Registered
 * values are not tracked.
 */
class Disposables {
  readonly #made = new Set<Disposable>();
  readonly #given = new Set<unknown>();
  readonly #watched = new Set<InjectionToken>();

  constructor(private readonly failure: string) {}

  /** Tracks what the container creates for tokens that are registered from now on. */
  static of(container: DependencyContainer, failure: string): Disposables {
    const disposables = new Disposables(failure);
    const register = container.register.bind(container) as (...args: readonly unknown[]) => DependencyContainer;
    container.register = ((token: InjectionToken, provider: unknown, ...options: readonly unknown[]) => {
      if (isProviderWith(provider, 'useValue')) disposables.#given.add(provider.useValue);
      if (isProviderWith(provider, 'useFactory')) {
        const make = provider.useFactory as (parts: DependencyContainer) => unknown;
        const useFactory = (parts: DependencyContainer): unknown => disposables.#recorded(make(parts));
        return register(token, { useFactory }, ...options);
      }
      disposables.#watch(container, token);
      return register(token, provider, ...options);
    }) as DependencyContainer['register'];
    return disposables;
  }

  /** Disposes of each once, in reverse order of creation. @throws AggregateError of all errors. */
  async dispose(): Promise<void> {
    const failures: unknown[] = [];
    for (const each of [...this.#made].reverse()) {
      this.#made.delete(each);
      await Promise.resolve()
        .then(() => each.dispose())
        .catch((error: unknown) => failures.push(error));
      // The container itself disposes of what it created by class, in no particular order.
      Reflect.defineProperty(each, 'dispose', { value: () => {}, configurable: true });
    }
    if (failures.length > 0) throw new AggregateError(failures, this.failure);
  }

  #watch(container: DependencyContainer, token: InjectionToken): void {
    if (this.#watched.has(token)) return;
    this.#watched.add(token);
    container.afterResolution(
      token,
      (_token, result: unknown) => {
        for (const each of Array.isArray(result) ? result : [result]) this.#recorded(each);
      },
      { frequency: 'Always' },
    );
  }

  #recorded(value: unknown): unknown {
    if (isDisposable(value) && !this.#given.has(value)) this.#made.add(value);
    return value;
  }
}

function isProviderWith<Key extends string>(provider: unknown, key: Key): provider is Record<Key, unknown> {
  return typeof provider === 'object' && provider !== null && key in provider;
}

function isDisposable(value: unknown): value is Disposable {
  return typeof (value as { readonly dispose?: unknown } | null | undefined)?.dispose === 'function';
}
