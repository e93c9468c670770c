/**
 * Extensions by the function that makes them, then by prototype.
 *
 * Express gives every request and response the prototypes `app.request` and `app.response`, which
 * are meant to be extended. Changing the prototype of a living object makes it slow to add to: V8
 * then takes about 2 µs for each property (measured on Node 20), a fifth of a whole miss. So
 * methods that every exchange needs go on the prototype, once per application; mounted applications
 * inherit it.
 */
const extensions = new WeakMap<object, WeakMap<object, unknown>>()

/** Objects that stand in the place of Express' own prototypes, by which they are known. */
const standIns = new WeakMap<object, object>()

/**
 * Returns the prototype that Express gave a request or response; undefined for one of Node's own.
 */
export function expressPrototype<T extends object>(target: T): T | undefined {
  const prototype: T = Object.getPrototypeOf(target)
  if (!Object.hasOwn(prototype, 'app')) return undefined
  return (standIns.get(prototype) as T | undefined) ?? prototype
}

/** Puts another object in the place of a request's prototype, for as long as that request lives. */
export function replacePrototype(target: object, standIn: object, prototype: object): void {
  standIns.set(standIn, prototype)
  Object.setPrototypeOf(target, standIn)
}

/**
 * Extends the prototype of an Express request or response once, and returns the extension.
 *
 * @returns undefined for an object with a prototype of Node's own: its properties are added to the
 *   object itself, which is fast there
 */
export function extendPrototype<T extends object, E>(target: T, extend: (prototype: T) => E): E | undefined {
  const prototype = expressPrototype(target)
  if (prototype === undefined) return undefined
  const known = extensions.get(extend) ?? new WeakMap<object, unknown>()
  if (known.has(prototype)) return known.get(prototype) as E
  const extension = extend(prototype)
  extensions.set(extend, known.set(prototype, extension))
  return extension
}
