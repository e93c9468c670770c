import { directivesOf } from '../observe.js'
import type { Observation, RequestSpec } from './scenario.js'
import { SESSION_COOKIE } from './session-engines.js'
import type { Visit } from './visited-site.js'

/**
 * Returns what the recording of Django tells of a response. @param uncached the same, of the
 * application without any cache
 */
export function observeVisit(visit: Visit, uncached: Visit, now: number): Observation {
  const { headers, statusCode = 0 } = visit.answer.response
  const { expires, etag, vary } = headers
  return {
    status: statusCode,
    ran: visit.ran,
    shows: visit.shows,
    foreign: visit.foreign,
    bodyOf: visit.bodyOf,
    empty: visit.answer.body.length === 0,
    contentEncoding: headers['content-encoding'] ?? null,
    cacheControl: directivesOf(headers['cache-control']),
    vary:
      vary === undefined
        ? null
        : vary
            .toLowerCase()
            .split(/\s*,\s*/)
            .sort(),
    expiresIn: expires === undefined ? null : Math.round((Date.parse(expires) - now) / 1000),
    etag: etag === undefined ? null : etag.startsWith('W/') ? 'weak' : 'strong',
    contentLanguage: headers['content-language'] ?? null,
    setCookie: namesOf(visit, false),
    deleteCookie: namesOf(visit, true),
    location: headers.location ?? null,
    asUncached: statusCode === 304 ? null : isSame(visit, uncached),
  }
}

/** Preconditions are about a representation: the application without a cache has others. */
export function withoutConditions(spec: RequestSpec): RequestSpec {
  const { 'If-None-Match': _, ...headers } = spec.headers ?? {}
  return { ...spec, headers }
}

function namesOf({ cookies }: Visit, areOver: boolean): string[] {
  return cookies
    .filter(({ value }) => (value === undefined) === areOver)
    .map(({ name }) => name)
    .filter((name) => name !== `${SESSION_COOKIE}.sig`)
    .sort()
}

function isSame(visit: Visit, uncached: Visit): boolean {
  const facts = ({ answer, shows }: Visit) =>
    JSON.stringify([answer.response.statusCode, answer.response.headers.location, shows])
  return facts(visit) === facts(uncached)
}
