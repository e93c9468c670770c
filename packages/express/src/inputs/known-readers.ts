import {
  type Caller,
  callers,
  isBundled,
  isNodeFile,
  isOwnFile,
  type PackageFile,
  packageOf,
} from './callers.js'

export const NEXT = 'next'

/**
 * Packages that read on every request and decide nothing: what they put on the request is watched
 * instead. Guards are none of them, since whoever passes a guard has been judged by what it read.
 *
 * `true`: each of its files; else only these.
 */
const known: ReadonlyMap<string, true | readonly string[]> = new Map<string, true | readonly string[]>([
  // Put cookies and sessions on the request.
  ['cookie-parser', true],
  ['express-session', true],
  ['cookie-session', true],
  ['client-sessions', true],
  // Puts the user there that the session names. The rest of passport is asked by guards.
  ['passport', ['lib/strategies/session.js', 'lib/middleware/initialize.js']],
  // Write logs.
  ['morgan', true],
  ['pino-http', true],
  // Counts. Whom it turns away gets a 429, which is never kept.
  ['express-rate-limit', true],
  // Says Vary itself where the origin decides.
  ['cors', true],
  // Puts the language there.
  ['i18next-http-middleware', true],
  // Says Vary itself.
  ['compression', true],
  // Fills in X-Forwarded-For, and hands the headers to its own cache.
  [NEXT, ['dist/server/base-server.js']],
])

/** Packages that read for their callers: the caller counts. */
const helpers: ReadonlySet<string> = new Set([
  'accepts',
  'basic-auth',
  'cookie',
  'cookies',
  'cookie-signature',
  'forwarded',
  'fresh',
  'negotiator',
  'on-finished',
  'on-headers',
  'parseurl',
  'pino',
  'pino-std-serializers',
  'proxy-addr',
  'qs',
  'type-is',
  'utils-merge',
  'vary',
])

/**
 * Files of Express that do: its routers don't, so that no read is put down to a middleware that
 * called `next()`.
 */
const expressHelpers = /^lib\/(?:request|response|utils)\.js$/

/**
 * Frames of sitecache, helpers and a known package's own functions between a read and the file that
 * it is for.
 */
const FRAMES = 16

/**
 * Returns the package whose read of the moment is pardoned, by the file that reads. It costs 20 to
 * 60 µs: to be asked only for a name that isn't learned yet.
 *
 * @param isOwn which files are sitecache's own: those of the accessors that note a read
 * @returns undefined: the application reads, or a package that may be a guard, or, in a bundle,
 * anything
 */
export function pardonedReader(isOwn: (file: string) => boolean = isOwnFile): string | undefined {
  return isBundled ? undefined : readerAmong(callers(FRAMES), isOwn)
}

/** The same for a stack that was taken. */
export function readerAmong(stack: readonly Caller[], isOwn: (file: string) => boolean): string | undefined {
  if (isBundled) return undefined
  for (const { file } of stack) {
    const role = roleOf(file, isOwn)
    if (role === 'counts') return undefined
    if (role !== 'passes on') return role.pardoned
  }
  return undefined
}

/**
 * Is it srvx that reads at the moment, to see which proxies it may trust about scheme and host? It
 * asks so for each `request.url`. It costs a stack.
 */
export function asksForTrust(): boolean {
  if (isBundled) return false
  const stack = callers(FRAMES).filter(({ file }) => !isOwnFile(file) && !isNodeFile(file))
  const [reader, ...callersOfIt] = stack[0]?.functionName === '#remoteAddr' ? stack.slice(1) : stack
  if (reader?.functionName !== '#resolveHops' || callersOfIt.length === 0) return false
  const owner = packageOf(reader.file)
  return owner?.name === 'srvx' && owner.path === 'dist/adapters/node.mjs'
}

/** Packages that send a request on: the response that they get says by Vary what it depends on. */
const forwarders: ReadonlySet<string> = new Set([
  'express-http-proxy',
  'http-proxy',
  'http-proxy-3',
  'httpxy',
])

/** Packages that tell browsers and devices by the headers that they are given. */
const deviceDetectors: ReadonlySet<string> = new Set(['node-device-detector', 'ua-parser-js'])

/** Node's own code of `new Headers(…)` and `new Request(…)`, whose fields are watched. */
const ownFetch = /^node:internal\/deps\/undici\//

/**
 * Tells where the headers go that are copied at the moment: into a `Headers` that Node makes; to a
 * package that tells devices by them; to another server, or a package that decides nothing by them;
 * or to a place that is not known. It costs a stack.
 */
export function destinationOfCopy(): 'fetch' | 'device' | 'elsewhere' | 'unknown' {
  const stack = callers(FRAMES)
  if (readerAmong(stack, isOwnFile) !== undefined) return 'elsewhere'
  const reader = stack.find(({ file }) => !isOwnFile(file) && (!isNodeFile(file) || ownFetch.test(file)))
  if (reader === undefined) return 'elsewhere'
  if (ownFetch.test(reader.file)) return 'fetch'
  const name = packageOf(reader.file)?.name ?? ''
  if (deviceDetectors.has(name)) return 'device'
  return forwarders.has(name) ? 'elsewhere' : 'unknown'
}

/** Packages that pass a body on in other pieces or another coding, whatever it says. */
const recoders: ReadonlySet<string | undefined> = new Set(['compression', 'express-session'])

/** Whether it is one of these packages that writes at the moment. It costs a stack. */
export function isRecoder(): boolean {
  return recoders.has(pardonedReader())
}

/**
 * A file that reads for its caller, one whose read counts, or one of a package whose reads are
 * pardoned.
 */
type Role = 'passes on' | 'counts' | { readonly pardoned: string }

const roles = new Map<string, Role>()
const MAX_ROLES = 2000

function roleOf(file: string, isOwn: (file: string) => boolean): Role {
  if (isOwn !== isOwnFile) return findRole(file, isOwn)
  const known = roles.get(file)
  if (known !== undefined) return known
  const role = findRole(file, isOwn)
  if (roles.size < MAX_ROLES) roles.set(file, role)
  return role
}

function findRole(file: string, isOwn: (file: string) => boolean): Role {
  if (isOwn(file) || isNodeFile(file)) return 'passes on'
  const owner = packageOf(file)
  if (owner === undefined) return 'counts'
  if (isHelper(owner)) return 'passes on'
  return isPardoned(owner) ? { pardoned: owner.name } : 'counts'
}

function isPardoned({ name, path }: PackageFile): boolean {
  const files = known.get(name)
  return files === true || files?.includes(path) === true
}

function isHelper({ name, path }: PackageFile): boolean {
  return helpers.has(name) || (name === 'express' && expressHelpers.test(path))
}
