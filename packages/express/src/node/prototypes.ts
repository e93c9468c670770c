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
 * Returns the prototypes of an Express request or response, up to the one that all of Express have
 * in common: one that passes through a mounted application has that one's only until it leaves it,
 * and may be answered later.
 */
function prototypesFrom<T extends object>(prototype: T): readonly T[] {
  const found: T[] = []
  for (let at: T | null = prototype; at !== null && !Object.hasOwn(at, 'constructor'); ) {
    found.push(at)
    at = Object.getPrototypeOf(at)
  }
  return found
}

/** As `extendPrototype`, for each of the prototypes of Express that a request or response has. */
export function extendPrototypes<T extends object>(target: T, extend: (prototype: T) => true): void {
  const prototype = expressPrototype(target)
  for (const each of prototype === undefined ? [] : prototypesFrom(prototype)) extendOnce(each, extend)
}

/**
 * As `extendPrototype`, for all applications at once: for what must hold wherever a request is
 * answered that has passed a layer of cache in a mounted application.
 */
export function extendCommonPrototype<T extends object, E>(
  target: T,
  extend: (prototype: T) => E,
): E | undefined {
  const prototype = expressPrototype(target)
  return prototype && extendOnce(prototypesFrom(prototype).at(-1) ?? prototype, extend)
}

/**
 * As `extendPrototype`, for what must be there when a request has left the application: one of a
 * mounted application gets it on the request itself.
 */
export function extendOwnPrototype<T extends object, E>(
  target: T,
  extend: (prototype: T) => E,
): E | undefined {
  const prototype = expressPrototype(target)
  const isMounted = prototype !== undefined && Object.hasOwn(Object.getPrototypeOf(prototype) ?? {}, 'app')
  return isMounted ? undefined : extendPrototype(target, extend)
}

/**
 * Extends the prototype of an Express request or response once, and returns the extension.
 *
 * @returns undefined for an object with a prototype of Node's own: its properties are added to the
 *   object itself, which is fast there
 */
export function extendPrototype<T extends object, E>(target: T, extend: (prototype: T) => E): E | undefined {
  const prototype = expressPrototype(target)
  return prototype && extendOnce(prototype, extend)
}

function extendOnce<T extends object, E>(prototype: T, extend: (prototype: T) => E): E {
  const known = extensions.get(extend) ?? new WeakMap<object, unknown>()
  if (known.has(prototype)) return known.get(prototype) as E
  const extension = extend(prototype)
  extensions.set(extend, known.set(prototype, extension))
  return extension
}
