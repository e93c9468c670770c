import { inspect } from 'node:util'
import { type Directive, parseCacheControl } from './cache-control.js'
import type { CacheControlChanges, DirectiveValue } from './cache-control-changes.js'
import { DirectiveError, DirectiveRangeError } from './directive-errors.js'
import { FLAG_DIRECTIVES, SECONDS_DIRECTIVES } from './directive-names.js'
import { nearMiss } from './near-miss.js'

const fieldLists = new Set(['private', 'no-cache'])
const known: ReadonlySet<string> = new Set([...FLAG_DIRECTIVES, ...SECONDS_DIRECTIVES, ...fieldLists])
const MAX_SECONDS = 2 ** 31
const token = /^[!#$%&'*+.^_`|~\w-]+$/

/**
 * Returns Cache-Control with changes, as Django's `patch_cache_control`: the smaller of two max-
 * ages wins; public and private replace each other; plain no-cache outranks one with fields.
 * Directives that are not named stay as they are.
 */
export function patchCacheControl(value: string | undefined, changes: CacheControlChanges): string {
  const existing = parseCacheControl(value)
  const members = new Map<string, readonly Directive[]>()
  for (const directive of existing.directives) {
    members.set(directive.name, [...(members.get(directive.name) ?? []), directive])
  }
  for (const [given, change] of Object.entries<DirectiveValue | undefined>({ ...changes })) {
    const name = directiveName(given)
    if (change === undefined) continue
    if (change === false) members.delete(name)
    else members.set(name, changed(name, change, members.get(name) ?? []))
    if (change !== false && name === 'public') members.delete('private')
    if (change !== false && name === 'private') members.delete('public')
  }
  return [...members.values()].flat().map(memberText).join(', ')
}

/**
 * Checks changes when a middleware is created, before any response.
 *
 * @param path name of the changes in errors
 * @throws TypeError or RangeError naming the directive, what was given and what is allowed
 */
export function checkCacheControlChanges(changes: unknown, path: string): CacheControlChanges {
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes)) {
    throw new DirectiveError(
      `${path} takes an object of directives, such as { maxAge: 60 }; got ${inspect(changes)}`,
    )
  }
  const names = new Set<string>()
  for (const [given, value] of Object.entries(changes)) {
    if (value === undefined) continue
    if (!token.test(directiveName(given)))
      throw new DirectiveError(`${path}: ${inspect(given)} can't be a directive's name`)
    checkSpelling(directiveName(given), `${path}.${given}`)
    checkValue(directiveName(given), value, `${path}.${given}`)
    if (value !== false) names.add(directiveName(given))
  }
  if (names.has('public') && names.has('private')) {
    throw new DirectiveError(`${path}: public and private exclude each other; leave one out`)
  }
  return changes as CacheControlChanges
}

/**
 * Refuses an extension (RFC 9111 §5.2.3) that is a known directive, misspelt: no cache obeys it.
 */
function checkSpelling(name: string, path: string): void {
  const meant = known.has(name) ? undefined : nearMiss(name, known)
  if (meant !== undefined) throw new DirectiveError(`${path} is no directive. Did you mean ${meant}?`)
}

function checkValue(name: string, value: unknown, path: string): void {
  if (value === false) return
  if (SECONDS_DIRECTIVES.has(name)) {
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return
    throw new DirectiveRangeError(`${path} must be seconds, 0 or more; got ${inspect(value)}`)
  }
  if (value === true) return
  if (FLAG_DIRECTIVES.has(name))
    throw new DirectiveError(`${path} must be true or false; got ${inspect(value)}`)
  if (fieldLists.has(name)) {
    if (areFieldNames(Array.isArray(value) ? value : [value])) return
    throw new DirectiveError(`${path} must be true, false or names of fields; got ${inspect(value)}`)
  }
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return
  throw new DirectiveError(
    `${path} must be true, false, a number or text without control characters; got ${inspect(value)}`,
  )
}

function areFieldNames(values: readonly unknown[]): boolean {
  const isList = (value: unknown): boolean =>
    typeof value === 'string' && /[^\s,]/.test(value) && fieldNames(value).every((name) => token.test(name))
  return values.length > 0 && values.every(isList)
}

const spelledOtherwise: Readonly<Record<string, string>> = { 's-max-age': 's-maxage' }

/** Returns HTTP's spelling: `sMaxage`, `s_maxage` and `s-maxage` are the same directive. */
/** Returns a directive's name as HTTP spells it, in lower case. */
export function directiveName(given: string): string {
  // With a dash it is HTTP's spelling, where letter case has no meaning: `Max-Age`.
  const camelCase = !/[-_]/.test(given)
  const dashed = camelCase ? given.replace(/(?<=.)[A-Z]/g, '-$&') : given.replace(/_/g, '-')
  const name = dashed.toLowerCase()
  return spelledOtherwise[name] ?? name
}

function changed(
  name: string,
  change: Exclude<DirectiveValue, false>,
  existing: readonly Directive[],
): readonly Directive[] {
  if (name === 'no-cache') return noCacheMembers(change, existing)
  return [{ name, raw: change === true ? undefined : argumentOf(name, change, existing) }]
}

function argumentOf(
  name: string,
  change: Exclude<DirectiveValue, boolean>,
  existing: readonly Directive[],
): string {
  if (fieldLists.has(name)) return quoted([change].flat().join(', '))
  if (name === 'max-age') return secondsText(smallestAge(Number(change), existing))
  if (SECONDS_DIRECTIVES.has(name)) return secondsText(Number(change))
  const text = String(change)
  return token.test(text) ? text : quoted(text)
}

function smallestAge(seconds: number, existing: readonly Directive[]): number {
  const known = parseCacheControl(existing.map(memberText)).seconds('max-age')
  return known === undefined ? seconds : Math.min(known, seconds)
}

/** RFC 9111 §1.2.2: digits only, at most 2^31. */
function secondsText(seconds: number): string {
  return String(Math.floor(Math.min(seconds, MAX_SECONDS)))
}

/**
 * Merges no-cache: without field names it outranks all; else each field has a member of its own, as
 * Django writes them, quoted (RFC 9111 §5.2.2.4: senders should not use the token form).
 */
function noCacheMembers(
  change: Exclude<DirectiveValue, false>,
  existing: readonly Directive[],
): readonly Directive[] {
  const name = 'no-cache'
  if (change === true || existing.some(({ raw }) => raw === undefined)) return [{ name, raw: undefined }]
  const fields = [...existing.map(({ raw }) => (raw ?? '').replace(/"/g, '')), ...[change].flat().map(String)]
  // Invalid names are dropped: each patch would quote them once more.
  const names = fields.flatMap(fieldNames).filter((field) => token.test(field))
  const unique = new Map(names.map((field) => [field.toLowerCase(), field]))
  return Array.from(unique.values(), (field) => ({ name, raw: quoted(field) }))
}

function fieldNames(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

function memberText({ name, raw }: Directive): string {
  return raw === undefined ? name : `${name}=${raw}`
}
