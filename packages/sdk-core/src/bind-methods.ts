/**
 * Makes the methods and getters of `client` its own and bound to it: they can be taken out of it,
 * and called through a proxy, as reactive state of Vue or MobX puts before every object. Private
 * members are there for the object itself alone. Returns it.
 */
export function bindMethods<Client extends object>(client: Client): Client {
  const all = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(client) as object);
  for (const [name, { value, get }] of Object.entries(all)) {
    if (name === 'constructor') continue;
    // As they are on a prototype: an app's tests may put something in their place.
    const kept = { configurable: true, enumerable: false };
    const own = get ? { get: get.bind(client) } : { value: value.bind(client), writable: true };
    Object.defineProperty(client, name, { ...kept, ...own });
  }
  return client;
}
