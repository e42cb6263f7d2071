import 'reflect-metadata';
import { createRequire } from 'node:module';
import type { DependencyContainer, InjectionToken } from 'tsyringe';

const require = createRequire(import.meta.url);

interface Disposable {
  dispose(): Promise<void> | void;
}

/** A container whose maker disposes of what it makes. */
export interface OwnContainer {
  readonly container: DependencyContainer;
  /**
   * Disposes of everything the container made, by class or by factory, that has a `dispose` method: each once, the last
   * made first. What was registered as a value belongs to whoever registered it. The container makes nothing afterwards.
   *
   * @throws AggregateError of what was thrown meanwhile.
   */
  dispose(): Promise<void>;
}

/** Creates an empty container. @param failure what the error of a failed disposal says */
export function ownContainer(failure: string): OwnContainer {
  // Loaded when it is needed: it takes a tenth of the time of a command that lists runs, and needs none.
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
 * Everything with a `dispose` method that a container makes, by class or by factory, in the order in which it was created.
 * What was given to the container as a value belongs to whoever gave it.
 */
class Disposables {
  readonly #made = new Set<Disposable>();
  readonly #given = new Set<unknown>();
  readonly #watched = new Set<InjectionToken>();

  constructor(private readonly failure: string) {}

  /** Records what the container makes for the tokens that are registered from now on. */
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

  /** Disposes each once, the last made first. @throws AggregateError of what was thrown meanwhile. */
  async dispose(): Promise<void> {
    const failures: unknown[] = [];
    for (const each of [...this.#made].reverse()) {
      this.#made.delete(each);
      await Promise.resolve()
        .then(() => each.dispose())
        .catch((error: unknown) => failures.push(error));
      // The container disposes what it made by class itself, in no order of use.
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
