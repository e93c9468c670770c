import { inspect } from 'node:util'

/** Value that chooses among the pages of a URL, beside the headers named in Vary. */
export type KeyPart = string | number | boolean | null | undefined

/** Parts of a page's key beside its URL and the headers named in Vary. */
export interface ExtraKeyParts {
  /**
   * Kind of the cache layer: a page that a route's cache stores behind a login check must not be
   * found by a site's cache, which looks it up before that check.
   */
  readonly kind: string
  /** Language of the request: its tag, an `Intl.Locale`, or plain data that describes it. */
  readonly language?: unknown
  /** Time zone of the request, as `language`. */
  readonly timeZone?: unknown
  /** Method and URL as a middleware rewrote them. */
  readonly rewritten?: KeyPart
  /** Identity of a visitor with pages of its own. */
  readonly visitor?: KeyPart
  /** Values of the option `keyParts`. */
  readonly keyParts?: readonly KeyPart[] | undefined
  /**
   * Names of the properties that middlewares set on the request, sorted: a read of an absent one
   * can't be observed.
   */
  readonly present?: readonly string[] | undefined
}

/** Thrown for a value that has no unambiguous text, and so can't be part of a key. */
export class KeyPartError extends TypeError {
  override readonly name = 'KeyPartError'
  readonly code = 'ERR_SITECACHE_KEY_PART'

  /** @param part name of the part, such as `keyParts[0]` */
  constructor(part: string, value: unknown, allowed = 'a string, a finite number, a boolean or absent') {
    super(`${part} must be ${allowed}; got ${describe(value)}. Return a string that identifies it instead`)
  }
}

/**
 * Encodes the extra parts of a page's key. Two lists of parts have the same text only where each
 * part is the same value of the same type; null and undefined are both absence. The text is
 * self-delimiting: what follows it can't be mistaken for a part of it.
 *
 * @throws KeyPartError for any other value: its text could be that of another value, as `{}` is
 */
export function encodeKeyParts(parts: ExtraKeyParts): string {
  const { kind, language, timeZone, rewritten, visitor, keyParts, present } = parts
  const own = [
    localePart(language, 'req.language'),
    localePart(timeZone, 'req.timeZone'),
    plainPart(rewritten, 'the rewritten URL'),
    plainPart(visitor, 'visitor'),
  ]
  const all = [kind, own, listOf(keyParts)]
  const text = JSON.stringify(present === undefined ? all : [...all, present])
  return `${text.length}:${text}`
}

type PlainPart = string | number | boolean | null
type EncodedPart = PlainPart | readonly PlainPart[] | Readonly<Record<string, PlainPart>>

function listOf(keyParts: unknown): readonly PlainPart[] | null {
  if (keyParts === undefined || keyParts === null) return null
  if (!Array.isArray(keyParts)) throw new KeyPartError('keyParts', keyParts, 'an array of strings')
  // Not `map`, which passes over the holes of an array.
  return Array.from(keyParts, (part, i) => plainPart(part, `keyParts[${i}]`))
}

/**
 * Passes on what JSON has a text of its own for: not so NaN and the infinities, which are `null`.
 */
function plainPart(value: unknown, name: string): PlainPart {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new KeyPartError(name, value)
}

/**
 * Languages and time zones, for which i18n packages also put objects on the request. An
 * `Intl.Locale` is its tag, which says all about it. Plain data counts whole, since a handler may
 * show any of it. A class instance may hide what tells it from another, and is refused.
 */
function localePart(value: unknown, name: string): EncodedPart {
  if (typeof value !== 'object' || value === null) return plainPart(value, name)
  if (value instanceof Intl.Locale) return value.toString()
  if (Array.isArray(value)) return Array.from(value, (item, i) => plainPart(item, `${name}[${i}]`))
  if (!isPlainObject(value)) throw new KeyPartError(name, value, 'a tag, an Intl.Locale or plain data')
  const entries = Object.entries(value).map(
    ([key, item]) => [key, plainPart(item, `${name}.${key}`)] as const,
  )
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Names the type alone: the value may be a visitor's. */
function describe(value: unknown): string {
  if (typeof value === 'number') return inspect(value)
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const type: unknown = value.constructor
  return typeof type === 'function' && type.name !== '' ? `a value of type ${type.name}` : 'an object'
}
