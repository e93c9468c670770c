import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { debuglog } from 'node:util'
import { field } from './types.js'

const nodeLog = debuglog('sitecache')
const { SITECACHE_DEBUG = '' } = process.env

/**
 * Lines on standard error, where `NODE_DEBUG` names sitecache, or `SITECACHE_DEBUG` is set;
 * `enabled` tells whether.
 */
export const requestLog = {
  enabled: nodeLog.enabled || (SITECACHE_DEBUG !== '' && SITECACHE_DEBUG !== '0'),

  write(line: string): void {
    if (nodeLog.enabled) nodeLog('%s', line)
    else process.stderr.write(`SITECACHE ${process.pid}: ${line}\n`)
  },
}

/** Longest path in a line, in characters. */
const MAX_PATH = 200

/** One request in one layer of cache, as its line shows it. */
export interface DebugFacts {
  readonly method: string
  /** Request target as the client sent it. */
  readonly url: string
  /** Reason for which the cache itself made the request; undefined for a client's request. */
  readonly purpose?: string | undefined
  /** Full key of the URL's vary record. */
  readonly recordKey?: string | undefined
  /** Result of the look-up. */
  readonly found?: string | undefined
  /** Action that was decided by the result. */
  readonly decision?: string | undefined
}

/** End of a request in a line: the outcome, and seconds for which the page stays fresh. */
export interface DebugOutcome {
  readonly outcome: string
  readonly detail?: string | undefined
  readonly ttl?: number | undefined
  /** Field that says the reason, and the code that wrote it. */
  readonly note?: string | undefined
}

/**
 * Formats a line: `GET /a record=ab12cd found=stale decision=validate → stored ttl=60`.
 *
 * Keys are digests; neither the query nor any header of the request is part of the line.
 */
export function formatDebugLine(facts: DebugFacts, { outcome, detail, ttl, note }: DebugOutcome): string {
  const { method, url, purpose, recordKey, found, decision } = facts
  const known = { by: purpose, record: recordKey && shortDigest(recordKey), found, decision }
  const fields = Object.entries(known).filter(([, value]) => value !== undefined)
  const request = [method, pathOf(url), ...fields.map(([name, value]) => `${name}=${value}`)]
  const result = [outcome, detail, ttl === undefined ? undefined : `ttl=${ttl}`, note && `(${note})`]
  return `${request.join(' ')} → ${result.filter((part) => part !== undefined).join(' ')}`
}

/** Path without the query, and without the user and host of an absolute target. */
function pathOf(url: string): string {
  const [, path = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(url) ?? []
  // A line in a log stays one line, whatever the request's target contains.
  const plain = path.replace(/[^\x21-\x7e]/g, '?')
  return plain.length > MAX_PATH ? `${plain.slice(0, MAX_PATH)}…` : plain || '/'
}

function shortDigest(key: string): string {
  return hash('sha256', key, 'hex').slice(0, 6)
}

/** Line of one request, which is written once: with its first outcome. */
export class DebugLine {
  #facts: DebugFacts
  #written = false

  constructor(facts: DebugFacts) {
    this.#facts = facts
  }

  /** Notes the result of a look-up. After a wait in vain there is another, and the last counts. */
  lookedUp(found: string, decision: string): void {
    this.#facts = { ...this.#facts, found, decision }
  }

  /** Writes the line. Later outcomes are ignored. */
  end(outcome: string, detail?: string, ttl?: number, note?: string): void {
    if (this.#written) return
    this.#written = true
    requestLog.write(formatDebugLine(this.#facts, { outcome, detail, ttl, note }))
  }
}

/** Begins the line of a request. To be called only where `requestLog` is enabled. */
export function debugLine(req: IncomingMessage, recordKey?: string, purpose?: string): DebugLine {
  const url = field(req, 'originalUrl') ?? field(req, 'url') ?? '/'
  return new DebugLine({ method: field(req, 'method') ?? 'GET', url, recordKey, purpose })
}
