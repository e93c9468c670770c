import { Cache, Caches, SettingsError } from '@sitecache/core'
import {
  applyWarnings,
  checkOptions,
  flag,
  func,
  type OptionParser,
  oneOf,
  refusal,
  text,
  timeout,
  warnings,
  wholeNumber,
} from '@sitecache/core/internal'
import { type Buckets, ignoreFault, type QueryOption } from '@sitecache/http'
import type { AnyPageOptions, AnySiteOptions } from './page-options.js'

export const cacheOption: OptionParser<Cache | string> = (value, path) => {
  if (typeof value === 'string' || value instanceof Cache) return value
  throw refusal(path, 'a cache or its alias', value)
}

export const cachesOption: OptionParser<Caches> = (value, path) => {
  if (value instanceof Caches) return value
  throw refusal(path, 'what createCaches() made', value)
}

const statuses: OptionParser<readonly number[]> = (value, path) => {
  const isFinal = (status: unknown): boolean =>
    Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599
  if (Array.isArray(value) && value.length > 0 && value.every(isFinal)) return value
  throw refusal(path, 'a list of statuses from 200 to 599, such as [200, 404]', value)
}

const pageMethods = ['GET', 'HEAD', 'QUERY', 'POST'] as const

const methods: OptionParser<readonly (typeof pageMethods)[number][]> = (value, path) => {
  if (Array.isArray(value) && value.every((name) => pageMethods.includes(name))) return value
  throw refusal(path, `a list of some of '${pageMethods.join("', '")}'`, value)
}

const query: OptionParser<QueryOption> = (value, path) => {
  if (value === 'exact' || value === 'sorted') return value
  const entries = isObject(value) ? Object.entries(value) : []
  const [name, names] = entries[0] ?? []
  if (entries.length === 1 && (name === 'only' || name === 'except') && isListOfText(names))
    return value as QueryOption
  throw refusal(path, "'exact', 'sorted', { only: [names] } or { except: [names] }", value)
}

const invalidateOnUnsafe: OptionParser<boolean | 'url'> = (value, path) => {
  if (typeof value === 'boolean' || value === 'url') return value
  throw refusal(path, "true, false or 'url'", value)
}

const buckets: OptionParser<Buckets> = (value, path) => {
  const isBucket = (bucket: unknown): boolean => typeof bucket === 'function' || isListOfText(bucket)
  if (isObject(value) && Object.values(value).every(isBucket)) return value as Buckets
  throw refusal(
    path,
    "an object of request headers, each with a list of values or a function: { 'accept-language': ['en', 'fr'] }",
    value,
  )
}

const fieldNames: OptionParser<readonly string[]> = (value, path) => {
  const isName = (name: unknown): boolean => typeof name === 'string' && /^[!#$%&'*+.^_`|~\w-]+$/.test(name)
  if (Array.isArray(value) && value.every(isName)) return value
  throw refusal(path, "a list of response headers, such as ['CDN-Cache-Control']", value)
}

/** Parses a wait in seconds. */
export const patience: OptionParser<number> = (value, path) => {
  const seconds = timeout(value, path)
  if (seconds !== null && seconds > 0) return seconds
  throw refusal(path, 'more than 0 seconds, and an end', value)
}

const fieldName: OptionParser<string> = (value, path) => {
  if (typeof value === 'string' && /^[!#$%&'*+.^_`|~\w-]+$/.test(value)) return value
  throw refusal(path, "the name of a response header, such as 'Cache-Tag'", value)
}

const earlyRefresh: OptionParser<boolean | number> = (value, path) => {
  if (typeof value === 'boolean' || (typeof value === 'number' && value > 0 && Number.isFinite(value)))
    return value
  throw refusal(path, 'true, false or a factor above 0', value)
}

const jitter: OptionParser<number> = (value, path) => {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw refusal(path, 'a share from 0 to 1', value)
}

/** Parses a lifetime for browsers in seconds; 0: none. */
const clientTimeout: OptionParser<number> = (value, path) => {
  const seconds = timeout(value, path)
  if (seconds !== null && seconds >= 0) return seconds
  throw refusal(path, 'seconds or a duration, 0 or more, and an end', value)
}

const ignore: OptionParser<readonly string[]> = (value, path) => {
  if (!isListOfText(value))
    throw refusal(path, "a list of inputs, such as ['user-agent', 'cookie:ab_*']", value)
  const fault = ignoreFault(value)
  if (fault !== undefined) throw new SettingsError(`${path}: ${fault}`)
  return value
}

/** Parses host names with an optional port, and `*.` in front for all below a domain. */
const hostPattern =
  /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.?(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/i

const hosts: OptionParser<readonly string[]> = (value, path) => {
  if (isListOfText(value) && value.length > 0 && value.every((host) => hostPattern.test(host))) return value
  throw refusal(path, "a list of host names, such as ['shop.example', '*.shop.example']", value)
}

/** Has a key of its own: a token in place of it would open the door to nobody, or to all. */
const explainOption: OptionParser<{ authorize(req: never): unknown }> = (value, path) => {
  if (isObject(value) && Object.keys(value).join() === 'authorize' && typeof value.authorize === 'function')
    return value as { authorize(req: never): unknown }
  throw refusal(path, 'an object with a function: { authorize(req) }', value)
}

const pageSchema = {
  cache: cacheOption,
  caches: cachesOption,
  keyPrefix: text,
  version: wholeNumber(),
  policy: oneOf('django', 'rfc9111'),
  methods,
  maxRequestBodyBytes: wholeNumber(0),
  requestBodyTimeout: patience,
  statuses,
  maxBodyBytes: wholeNumber(0),
  anonymousOnly: flag,
  inputs: oneOf('learn', 'strict', 'declared'),
  ignore,
  visitor: func(),
  hosts,
  clientTimeout,
  isAuthenticated: func(),
  skip: func(),
  storeIf: func(),
  setCookie: oneOf('skip', 'strip', 'store'),
  query,
  keyParts: func(),
  maxVariants: wholeNumber(1),
  buckets,
  headers: oneOf('added', 'all'),
  staleWhileRevalidate: timeout,
  staleIfError: timeout,
  targetedFields: fieldNames,
  originTimeout: patience,
  earlyRefresh,
  jitter,
  tags: func(),
  tagHeader: fieldName,
  coalesce: flag,
  lock: flag,
  lockTimeout: patience,
  cacheStatus: flag,
  explain: explainOption,
  invalidateOnUnsafe,
  warnings,
}

const siteSchema = { ...pageSchema, timeout }

/**
 * Checks the options of a page's cache.
 *
 * @param name of the function with these options
 * @throws SettingsError with the option, its value and the values allowed
 */
export function checkPageOptions(options: AnyPageOptions, name: string): void {
  applyWarnings(options, name)
  checkOptions(options, pageSchema, name)
  checkLock(options, name)
}

/**
 * Checks the options of a site's cache.
 *
 * @param name of the function with these options
 * @throws SettingsError with the option, its value and the values allowed
 */
export function checkSiteOptions(options: AnySiteOptions, name: string): void {
  applyWarnings(options, name)
  checkOptions(options, siteSchema, name)
  checkLock(options, name)
}

function checkLock({ coalesce, lock }: AnyPageOptions, name: string): void {
  if (lock === true && coalesce === false)
    throw refusal(`${name}.lock`, 'true only with coalesce, of which it is a part', lock)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isListOfText(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
