import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { addAbortSignal, type Readable } from 'node:stream'
import { SettingsError } from '@sitecache/core'
import type { RunContext } from '../run-context.js'

/** One request that is replayed. */
export interface ReplayedRequest {
  readonly method: 'GET' | 'HEAD'
  /** Path and query. */
  readonly path: string
  readonly host?: string
  readonly userAgent?: string
  /** Client as the log tells it: its address and its User-Agent. */
  readonly client?: string
}

/** Requests to replay, and lines that are none. */
export interface ReplayedRequests {
  readonly requests: readonly ReplayedRequest[]
  /** Requests of other methods, which change something as a rule. */
  readonly unsafe: number
  /** Lines that are no request. */
  readonly unknown: number
}

/**
 * Reads what is to be replayed: paths, URLs, or files of those or of an access log.
 *
 * @param given each a file, `-` for the standard input, or what is no file: a URL or a path of the
 * site, which may also be a folder's here
 * @throws SettingsError for a file that can't be read, and for more than `most` requests
 */
export async function readRequests(
  given: readonly string[],
  { cwd, stdin }: Pick<RunContext, 'cwd' | 'stdin'>,
  { most, signal }: { readonly most: number; readonly signal: AbortSignal },
): Promise<ReplayedRequests> {
  const found = { requests: [] as ReplayedRequest[], unsafe: 0, unknown: 0 }
  for (const each of given) {
    const file = resolve(cwd, each)
    const isFile = each === '-' || (!/^https?:/.test(each) && isReadable(file))
    if (!isFile) note(found, each)
    else await readLines(found, sourceOf(each, file, stdin), { name: each, most, signal })
    if (found.requests.length > most) throw tooMany(most)
  }
  if (found.requests.length === 0) throw new SettingsError('there is no request to replay')
  return found
}

/** Returns whether there is a file of this path, or a pipe or the like: no folder. */
function isReadable(path: string): boolean {
  try {
    return !statSync(path).isDirectory()
  } catch {
    return false
  }
}

function tooMany(most: number): SettingsError {
  return new SettingsError(`there are more than ${most} requests: --max-requests allows more`)
}

function sourceOf(each: string, file: string, stdin: Readable | undefined): Readable {
  if (each !== '-') return createReadStream(file)
  if (stdin === undefined) throw new SettingsError('there is no standard input')
  return stdin
}

interface Found {
  requests: ReplayedRequest[]
  unsafe: number
  unknown: number
}

async function readLines(
  found: Found,
  source: Readable,
  { name, most, signal }: { readonly name: string; readonly most: number; readonly signal: AbortSignal },
): Promise<void> {
  addAbortSignal(signal, source)
  try {
    for await (const line of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() !== '' && !line.startsWith('#')) note(found, line.trim())
      if (found.requests.length > most) throw tooMany(most)
    }
  } catch (error) {
    if (error instanceof SettingsError || signal.aborted) throw error
    throw new SettingsError(`${name} can't be read: ${Reflect.get(Object(error), 'code')}`, { cause: error })
  }
}

function note(found: Found, line: string): void {
  const request = requestOf(line)
  if (request === undefined) found.unknown += 1
  else if (request === 'unsafe') found.unsafe += 1
  else found.requests.push(request)
}

/** The Common and the Combined Log Format of Apache and nginx, and what stands behind them. */
const LOGGED =
  /^(\S+) \S+ \S+ \[[^\]]*\] "([A-Z]+) (\S+) HTTP\/[\d.]+" \d{3} \S+(?: "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)")?/

/** Reads one line: a path, a URL, or a line of an access log. */
export function requestOf(line: string): ReplayedRequest | 'unsafe' | undefined {
  const logged = LOGGED.exec(line)
  if (logged === null) return target(line)
  const [, address = '', method = '', path = '', userAgent = ''] = logged
  const request = target(path)
  if (request === undefined) return undefined
  if (method !== 'GET' && method !== 'HEAD') return 'unsafe'
  const isAgent = userAgent !== '-' && /^[\x20-\x7e]+$/.test(userAgent)
  return { ...request, method, client: `${address} ${userAgent}`, ...(isAgent ? { userAgent } : {}) }
}

function target(text: string): ReplayedRequest | undefined {
  if (/^\/[\x21-\x7e]*$/.test(text)) return { method: 'GET', path: text }
  if (!/^https?:/.test(text) || !URL.canParse(text)) return undefined
  const { pathname, search, host } = new URL(text)
  return { method: 'GET', path: `${pathname}${search}`, host }
}
