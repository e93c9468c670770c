import { SettingsError } from '../errors.js'
import { nearest, type OptionSchema, oneOf, text, timeout, wholeNumber } from '../options/check-options.js'
import { camelCase, optionsFromQuery } from '../options/options-from-query.js'
import { redact } from '../util/redact.js'
import { compressFormat } from './compress/formats.js'
import { dummyStore } from './dummy.js'
import { memoryLimits, memoryStore } from './memory.js'
import { packageOf, packageSchemes } from './packages.js'
import type { Store } from './store.js'
import { lifetime, tieredStore } from './tiered/tiered-store.js'

const OWN = ['memory', 'locmem', 'dummy']

/** Options of the cache in a query string; the others are the store's. */
const cacheOptions = {
  timeout,
  keyPrefix: text,
  version: wholeNumber(),
  onError: oneOf('miss', 'throw'),
  compress: compressFormat,
}

/** Options of a near store in front of the store of the URL. */
const nearOptions = { near: oneOf('memory'), nearTimeout: lifetime, nearMaxBytes: wholeNumber(1) }

type Query = Readonly<Record<string, string>>

interface ParsedUrl {
  readonly scheme: string
  readonly url: URL
  readonly hosts: readonly string[]
}

/**
 * Reads the settings in a URL: its store, and the settings of the cache in its query string.
 *
 * @throws SettingsError for a URL that can't be read, or whose package is not installed.
 * Credentials are not shown.
 */
export function cacheFromUrl(given: string, path: string, now: () => number): object {
  const parsed = parseUrl(given, path)
  const all = [...parsed.url.searchParams].map(([name, value]): [string, string] => [camelCase(name), value])
  const [ofCache, query] = divide(Object.fromEntries(all), cacheOptions)
  return { ...optionsFromQuery(ofCache, cacheOptions, path), store: storeOf(parsed, query, path, now) }
}

function storeOf({ scheme, url, hosts }: ParsedUrl, query: Query, path: string, now: () => number): Store {
  if (scheme === 'dummy') return rejectQuery(query, path) ?? dummyStore()
  if (OWN.includes(scheme))
    return memoryStore({ ...optionsFromQuery(query, memoryLimits, 'memoryStore()'), now })
  const { storeFromUrl, busFromUrl } = packageOf(scheme, path)
  if (query.near === undefined) return storeFromUrl(url, { hosts, query })
  const [ofNear, rest] = divide(query, nearOptions)
  const { nearTimeout, nearMaxBytes } = optionsFromQuery(ofNear, nearOptions, path)
  const options = { hosts, query: rest }
  return tieredStore(
    memoryStore({ now, ...(nearMaxBytes !== undefined && { maxBytes: nearMaxBytes }) }),
    storeFromUrl(url, options),
    {
      now,
      ...(nearTimeout !== undefined && { nearTimeout }),
      ...(busFromUrl !== undefined && { bus: busFromUrl(url, options) }),
    },
  )
}

/** Divides a query string into the options of a schema and the rest. */
function divide(query: Query, schema: OptionSchema): [known: Query, rest: Query] {
  const known = Object.entries(query).filter(([name]) => Object.hasOwn(schema, name))
  const rest = Object.entries(query).filter(([name]) => !Object.hasOwn(schema, name))
  return [Object.fromEntries(known), Object.fromEntries(rest)]
}

function rejectQuery(query: Query, path: string): undefined {
  const [name] = Object.keys(query)
  if (name !== undefined) throw new SettingsError(`${path}: a dummy store has no option ${name}`)
}

/** Parses a URL of several servers, separated by `;` or `,`: `url` keeps the first of `hosts`. */
function parseUrl(given: string, path: string): ParsedUrl {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(given)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    throw new SettingsError(
      `${path} must be a URL such as 'memory:' or 'redis://127.0.0.1:6379/1'; got '${redact(given)}'`,
    )
  }
  if (!OWN.includes(scheme) && !packageSchemes.includes(scheme)) throw unknownScheme(scheme, path)
  const [, before = '', servers = '', after = ''] =
    /^([^:]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(given) ?? []
  const hosts = servers.split(/[;,]/).filter((host) => host !== '')
  const first = before === '' ? given : `${before}${hosts[0] ?? ''}${after}`
  if (!URL.canParse(first))
    throw new SettingsError(`${path} is not a URL that can be read: '${redact(given)}'`)
  return { scheme, url: new URL(first), hosts }
}

function unknownScheme(scheme: string, path: string): SettingsError {
  const known = [...OWN, ...packageSchemes]
  const near = nearest(scheme, known)
  const hint = near === undefined ? '' : ` Did you mean ${near}:?`
  return new SettingsError(`${path}: unknown scheme '${scheme}:'.${hint} Known: ${known.join(', ')}`)
}
