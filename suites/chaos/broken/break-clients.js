import { ECS_TOKENS, plugin } from '@worker-host/ecs';
import { instanceCachingFactory } from 'tsyringe';

/** The ECS plugin with one operation of one AWS client replaced. */
export function breakPlugin(service, breakApi) {
  return {
    ...plugin,
    register(container) {
      const sound = container.createChildContainer();
      plugin.register(sound);
      container.register(ECS_TOKENS.AwsClients, {
        useFactory: instanceCachingFactory(() => breakProvider(sound.resolve(ECS_TOKENS.AwsClients))),
      });
      plugin.register(container);
    },
  };

  function breakProvider(provider) {
    const broken = new WeakMap();
    return {
      close: () => provider.close(),
      async clientsFor(credentials, regionName) {
        const clients = await provider.clientsFor(credentials, regionName);
        if (!broken.has(clients)) broken.set(clients, withBroken(clients));
        return broken.get(clients);
      },
    };
  }

  function withBroken(clients) {
    const api = breakApi(clients[service]);
    return new Proxy(clients, { get: (target, name) => (name === service ? api : target[name]) });
  }
}

/** Returns the same object with some methods replaced. */
export function replace(api, methods) {
  return new Proxy(api, {
    get(target, name) {
      const value = methods[name] ?? target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
