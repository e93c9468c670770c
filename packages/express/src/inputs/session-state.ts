import { cookieText, plainText } from '@sitecache/http'

/** The properties of a request that tell of its session. */
export interface SessionFields {
  readonly session: unknown
  readonly sessionID: unknown
  /** cookie-session's settings. */
  readonly sessionOptions: unknown
  readonly cookie: string | readonly string[] | number | undefined
}

/** Value of all sessions that hold nothing. */
export const EMPTY_SESSION = 'empty'

/** Does a session of this request hold nothing, so that it is as good as all others that don't? */
function isEmptySession({ session }: SessionFields): boolean {
  return typeof session === 'object' && session !== null && !holdsData(session)
}

/** Identity that a session middleware vouches for: its id, or the cookie that holds all of it. */
export function sessionIdentity(fields: SessionFields): string | undefined {
  const { session, sessionID, sessionOptions, cookie } = fields
  if (typeof session !== 'object' || session === null) return undefined
  if (typeof sessionID === 'string' && sessionID !== '') return `id:${sessionID}`
  if (typeof sessionOptions !== 'object' || sessionOptions === null) return undefined
  const { name = 'session' } = sessionOptions as { readonly name?: unknown }
  const held = typeof name === 'string' ? cookieText(cookie, name) : undefined
  return held === undefined ? undefined : `cookie:${held}`
}

/**
 * Value of a session as an input: one for all that hold nothing, else its identity. While messages
 * wait in it, it is another, since a page that shows none would keep them from their visitor.
 *
 * @returns undefined for a session that has no identity
 */
export function sessionValue(fields: SessionFields): string | undefined {
  if (isEmptySession(fields)) return EMPTY_SESSION
  const identity = sessionIdentity(fields)
  const waits = messages.some((name) => Object.keys(Object(propertyOf(fields.session, name))).length > 0)
  return identity !== undefined && waits ? `${identity} with messages` : identity
}

/** Where connect-flash and passport keep messages for the next page. */
const messages = ['flash', 'messages'] as const

/** Does a session hold anything but the settings of its cookie? */
export function holdsData(session: object): boolean {
  return Object.entries(session).some(([name, value]) => isData(name, value))
}

/** Fields that connect-flash and passport leave in each session that they have looked at. */
const emptyByDefault: ReadonlySet<string> = new Set(['flash', 'passport'])

function isData(name: string, value: unknown): boolean {
  if (name === 'cookie' || value === undefined || typeof value === 'function') return false
  if (!emptyByDefault.has(name) || typeof value !== 'object' || value === null) return true
  return Object.keys(value).length > 0
}

/**
 * Text that is another one when a session's data or identity has changed. Sessions that hold
 * nothing are not kept anywhere: to end one changes nothing.
 */
export function sessionText({ session, sessionID }: Pick<SessionFields, 'session' | 'sessionID'>): string {
  if (typeof session !== 'object' || session === null || !holdsData(session)) return ''
  const data = Object.fromEntries(Object.entries(session).filter(([name, value]) => isData(name, value)))
  const id = typeof sessionID === 'string' ? sessionID : ''
  return `${id} ${plainText(data, MAX_SESSION_BYTES) ?? jsonText(data)}`
}

const MAX_SESSION_BYTES = 64 * 1024

/** As sessions themselves are stored, where they hold more than plain data. */
function jsonText(data: object): string {
  try {
    return JSON.stringify(data)
  } catch {
    return 'not serializable'
  }
}

/** Returns a property of what may be no object. */
export function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
