/**
 * Parser of Cache-Control (RFC 9111 §5.2). cache-control-parser loses unknown directives, quoted
 * arguments and the field names of `private` and `no-cache`, and takes the last of duplicates,
 * where the smallest is the safe one.
 */

/** Member of Cache-Control's list. */
export interface Directive {
  /** In lower case. */
  readonly name: string
  /** Argument as written, quotes included; undefined when there is none. */
  readonly raw: string | undefined
}

/** Parsed Cache-Control. */
export interface CacheControl {
  /** Number of directives. */
  readonly size: number
  readonly directives: readonly Directive[]
  /**
   * Returns whether a directive is there. In `private; max-age=60` both are: the wrong separator
   * must not make a private page public.
   *
   * @param name in lower case
   */
  has(name: string): boolean
  /** Returns the first argument of that name, without its quotes; undefined when there is none. */
  argument(name: string): string | undefined
  /**
   * Returns delta-seconds (RFC 9111 §1.2.2): the smallest of duplicates; 0 for an invalid number,
   * which then counts as stale (§4.2.1); at most 2^31.
   *
   * @returns undefined when the directive is absent
   */
  seconds(name: string): number | undefined
}

/** RFC 9111 §1.2.2: larger numbers count as this one. */
const MAX_SECONDS = 2 ** 31

class Parsed implements CacheControl {
  readonly directives: readonly Directive[]
  readonly #names: ReadonlySet<string>

  constructor(directives: readonly Directive[], names = directives) {
    this.directives = directives
    this.#names = new Set(names.map(({ name }) => name))
  }

  get size(): number {
    return this.directives.length
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  argument(name: string): string | undefined {
    return unquote(this.directives.find((directive) => directive.name === name)?.raw)
  }

  seconds(name: string): number | undefined {
    let least: number | undefined
    for (const directive of this.directives) {
      if (directive.name !== name) continue
      const seconds = secondsOf(unquote(directive.raw))
      if (least === undefined || seconds < least) least = seconds
    }
    return least
  }
}

const empty: CacheControl = new Parsed([])
const remembered = new Map<string, CacheControl>()
const MAX_REMEMBERED = 200

/** Parses Cache-Control; invalid members are ignored. Never throws. */
export function parseCacheControl(value: string | readonly string[] | number | undefined): CacheControl {
  if (value === undefined || value === '') return empty
  const text = typeof value === 'object' ? value.join(',') : String(value)
  const known = remembered.get(text)
  if (known !== undefined) return known
  const own = directivesOf(text)
  const parsed = new Parsed(own, text.includes(';') ? directivesOf(text.replaceAll(';', ',')) : own)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  if (text.length < 200) remembered.set(text, parsed)
  return parsed
}

/**
 * Splits a list at commas outside quotes. A quote that nothing closes is ignored: otherwise it
 * would swallow a `no-store` or `private` after it.
 */
export function splitMembers(text: string): readonly string[] {
  const closed = /^(?:[^"]|"(?:[^"\\]|\\.)*")*/s.exec(text)?.[0].length ?? 0
  const legible =
    closed === text.length ? text : text.slice(0, closed) + text.slice(closed).replaceAll('"', '')
  return legible.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/gs) ?? []
}

function directivesOf(text: string): readonly Directive[] {
  return splitMembers(text).flatMap(directiveOf)
}

function directiveOf(member: string): Directive[] {
  const equals = member.indexOf('=')
  const name = (equals < 0 ? member : member.slice(0, equals)).trim().toLowerCase()
  if (name === '') return []
  return [{ name, raw: equals < 0 ? undefined : member.slice(equals + 1).trim() }]
}

function unquote(raw: string | undefined): string | undefined {
  if (raw === undefined || !raw.startsWith('"')) return raw
  return raw.replace(/^"|"$/g, '').replace(/\\(.)/gs, '$1')
}

function secondsOf(argument: string | undefined): number {
  if (argument === undefined || !/^\d+$/.test(argument)) return 0
  return Math.min(Number(argument), MAX_SECONDS)
}
