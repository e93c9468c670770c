import type { IncomingMessage, ServerResponse } from 'node:http'
import { SettingsError, type Timeout } from '@sitecache/core'
import { isPromise, parseTimeout } from '@sitecache/core/internal'
import {
  type Bucket,
  type Buckets,
  type ContentMethod,
  type InputMatching,
  type InputRules,
  inputRules,
  type KeyPart,
  type Policy,
  type QueryOption,
} from '@sitecache/http'
import { answered } from '../node/answered.js'
import type { FrameworkCallback } from '../node/application-types.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import type { BodyBounds } from '../state/read-body.js'
import { isSignedIn } from '../visitor/signed-in.js'
import type { AnyPageOptions } from './page-options.js'

const DEFAULT_MAX_BODY = 5 * 2 ** 20
const DEFAULT_MAX_REQUEST_BODY = 64 * 1024
const DEFAULT_REQUEST_BODY_TIMEOUT_MS = 5000
const DEFAULT_MAX_VARIANTS = 100
const DEFAULT_LOCK_TIMEOUT_MS = 5000
const djangoStatuses: ReadonlySet<number> = new Set([200])

/** Options of a layer, complete and checked. Sizes in bytes. */
export interface PageRules {
  readonly policy: Policy
  /** Methods with one page per content, in upper case. */
  readonly bodyMethods: readonly ContentMethod[]
  /** Bounds within which a request's content is read. */
  readonly body: BodyBounds
  readonly statuses: ReadonlySet<number> | undefined
  readonly maxBodyBytes: number
  readonly anonymousOnly: boolean
  /** Returns the application's answer: any truthy one is a yes, a promise too. */
  readonly isAuthenticated: (req: IncomingMessage) => boolean
  readonly inputs: 'learn' | 'strict' | 'declared'
  readonly inputRules: InputRules
  readonly visitor: ((req: IncomingMessage) => string | number | undefined) | undefined
  /** Names in lower case; undefined: any. */
  readonly hosts: readonly string[] | undefined
  /** Lifetime for browsers in seconds; undefined: sitecache's own. */
  readonly clientTimeout: number | undefined
  readonly skip: ((req: IncomingMessage) => boolean) | undefined
  readonly storeIf: ((req: IncomingMessage, res: ServerResponse) => boolean) | undefined
  readonly setCookie: 'skip' | 'strip' | 'store'
  readonly query: QueryOption
  readonly keyParts: ((req: IncomingMessage) => readonly KeyPart[]) | undefined
  readonly maxVariants: number
  /** Seconds; undefined: the policy's default. */
  readonly staleWhileRevalidate: number | undefined
  readonly staleIfError: number | undefined
  /** Milliseconds. */
  readonly originTimeout: number | undefined
  /** XFetch's beta; undefined: pages are not refreshed before they are stale. */
  readonly earlyRefresh: number | undefined
  readonly jitter: number
  readonly tags: ((req: IncomingMessage, res: ServerResponse) => readonly string[]) | undefined
  readonly tagHeader: string | undefined
  readonly coalesce: boolean
  readonly lock: boolean
  /** Milliseconds. */
  readonly lockTimeout: number
  /** Names of fields in lower case. */
  readonly targetedFields: readonly string[]
  readonly headers: 'added' | 'all'
  readonly cacheStatus: boolean
  /** Tells whether a request may have the cache explain itself; undefined: none may. */
  readonly mayExplain: ((req: IncomingMessage) => unknown) | undefined
  readonly invalidateOnUnsafe: boolean
}

/** Completes the options of a layer, which are checked already. */
export function rulesOf(options: AnyPageOptions): PageRules {
  const policy = options.policy ?? 'django'
  const statuses = options.statuses === undefined ? undefined : new Set(options.statuses)
  return {
    policy,
    bodyMethods: contentMethodsOf(options, policy),
    body: {
      maxBytes: options.maxRequestBodyBytes ?? DEFAULT_MAX_REQUEST_BODY,
      milliseconds:
        millisecondsOf(options.requestBodyTimeout, 'requestBodyTimeout') ?? DEFAULT_REQUEST_BODY_TIMEOUT_MS,
    },
    statuses: statuses ?? (policy === 'django' ? djangoStatuses : undefined),
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY,
    anonymousOnly: options.anonymousOnly ?? false,
    isAuthenticated: options.isAuthenticated === undefined ? isSignedIn : saysYes(options.isAuthenticated),
    inputs: options.inputs ?? 'learn',
    inputRules: inputRules(options.ignore),
    visitor: calledWithAny<[IncomingMessage], string | number | undefined>(options.visitor),
    hosts: options.hosts?.map((host) => host.toLowerCase()),
    clientTimeout: secondsOf(options.clientTimeout, 'clientTimeout'),
    skip: options.skip && saysYes(options.skip),
    storeIf: options.storeIf && checkedStoreIf(options.storeIf),
    setCookie: options.setCookie ?? 'skip',
    query: options.query ?? 'exact',
    keyParts: calledWithAny<[IncomingMessage], readonly KeyPart[]>(options.keyParts),
    maxVariants: options.maxVariants ?? DEFAULT_MAX_VARIANTS,
    staleWhileRevalidate: secondsOf(options.staleWhileRevalidate, 'staleWhileRevalidate'),
    staleIfError: secondsOf(options.staleIfError, 'staleIfError'),
    originTimeout: millisecondsOf(options.originTimeout, 'originTimeout'),
    earlyRefresh: betaOf(options.earlyRefresh),
    jitter: options.jitter ?? 0,
    tags: calledWithAny<[IncomingMessage, ServerResponse], readonly string[]>(options.tags),
    tagHeader: options.tagHeader,
    coalesce: options.coalesce ?? true,
    lock: options.lock ?? false,
    lockTimeout: millisecondsOf(options.lockTimeout, 'lockTimeout') ?? DEFAULT_LOCK_TIMEOUT_MS,
    targetedFields: targetedBy(options, policy),
    headers: options.headers ?? 'added',
    cacheStatus: options.cacheStatus ?? true,
    mayExplain: mayExplain(options.explain),
    invalidateOnUnsafe: options.invalidateOnUnsafe ?? true,
  }
}

/**
 * Returns the methods whose content is part of the key. A shared cache may store responses to QUERY
 * (RFC 10008 §2.7); Django's cache knows GET and HEAD alone.
 */
function contentMethodsOf({ methods }: AnyPageOptions, policy: Policy): readonly ContentMethod[] {
  const all: readonly ContentMethod[] = ['QUERY', 'POST']
  return methods === undefined
    ? all.slice(0, policy === 'rfc9111' ? 1 : 0)
    : all.filter((name) => methods.includes(name))
}

/**
 * Makes a callback one for the requests and responses of any framework, called in the guarded way.
 */
function calledWithAny<A extends readonly unknown[], R>(
  callback: FrameworkCallback<A, R> | undefined,
): FrameworkCallback<A, R> | undefined {
  return callback && answered(callback)
}

function mayExplain(explain: AnyPageOptions['explain']): PageRules['mayExplain'] {
  return explain && calledWithAny<[IncomingMessage], unknown>((req: never) => explain.authorize(req))
}

function saysYes(callback: FrameworkCallback<[IncomingMessage], unknown>): (req: IncomingMessage) => boolean {
  const call = answered(callback)
  return (req) => Boolean(call(req))
}

/** @throws SettingsError for an answer that a response could not wait for */
function checkedStoreIf(
  storeIf: FrameworkCallback<[IncomingMessage, ServerResponse], boolean>,
): PageRules['storeIf'] {
  const call = answered(storeIf)
  return (req, res) => {
    const answer: unknown = call(req, res)
    if (!isPromise(answer)) return answer === true
    throw new SettingsError(
      'storeIf must return true or false, not a promise: a response can not wait for it',
    )
  }
}

function secondsOf(given: Timeout | undefined, name: string): number | undefined {
  return given === undefined ? undefined : (parseTimeout(given, name) ?? Number.POSITIVE_INFINITY)
}

function millisecondsOf(given: Timeout | undefined, name: string): number | undefined {
  const seconds = secondsOf(given, name)
  return seconds === undefined ? undefined : seconds * 1000
}

function betaOf(given: boolean | number | undefined): number | undefined {
  if (given === true) return 1
  return given === false ? undefined : given
}

/**
 * Returns the targeted fields in their order, our own first: a field for this cache alone outranks
 * one for all of its kind (RFC 9213 §2.2).
 */
function targetedBy({ targetedFields }: AnyPageOptions, policy: Policy): readonly string[] {
  const fields = targetedFields ?? (policy === 'rfc9111' ? ['cdn-cache-control'] : [])
  return [TARGETED_FIELD, ...fields.map((name) => name.toLowerCase())]
}

/** Returns the rules by which the values of inputs are compared. */
export function matchingOf({ buckets, policy }: AnyPageOptions, inputs: InputRules): InputMatching {
  return {
    inputs,
    buckets: buckets === undefined ? undefined : lowerCaseNames(buckets),
    normalize: policy === 'rfc9111',
  }
}

function lowerCaseNames(buckets: Buckets): Buckets {
  const entries = Object.entries(buckets).map(
    ([name, bucket]) => [name.toLowerCase(), checkedBucket(name, bucket)] as const,
  )
  return Object.assign(Object.create(null), Object.fromEntries(entries))
}

/** @throws SettingsError for an answer that can't be part of a key */
function checkedBucket(name: string, bucket: Bucket): Bucket {
  if (typeof bucket !== 'function') return bucket
  const call = answered(bucket)
  return (value, headers) => {
    const answer: unknown = call(value, headers)
    if (answer === undefined || typeof answer === 'string') return answer
    throw new SettingsError(`buckets['${name}'] must return a string or undefined; got a ${typeof answer}`)
  }
}
