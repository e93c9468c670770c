import type { Session, State, Tick } from '../../shared/state.js'

/** An answer that is none: its message is for people. */
export class AnswerError extends Error {}

/** Gets JSON below the path of the page, whatever that is. */
export async function get<T>(path: string): Promise<T> {
  return read(await fetch(path, { headers: { Accept: 'application/json' }, cache: 'no-store' }))
}

/** Posts an action. */
export async function post<T>(path: string, token: string, fields: object): Promise<T> {
  const headers = { 'Content-Type': 'application/json', 'Sitecache-Token': token }
  return read(await fetch(path, { method: 'POST', headers, body: JSON.stringify(fields) }))
}

async function read<T>(response: Response): Promise<T> {
  const type = response.headers.get('content-type') ?? ''
  const value: unknown = type.startsWith('application/json') ? await response.json() : undefined
  if (response.ok && value !== undefined) return value as T
  const told: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'error') : undefined
  throw new AnswerError(
    typeof told === 'string'
      ? told
      : response.status === 404
        ? 'You are signed out.'
        : `status ${response.status}`,
  )
}

export const getState = (): Promise<State> => get<State>('api/state')
export const getSession = (): Promise<Session> => get<Session>('api/session')

/** How the page is kept up to date. */
export type Connection = 'live' | 'polling' | 'lost'

/** Listener of what changes. */
export interface Listener {
  tick(tick: Tick): void
  connection(state: Connection): void
}

const POLL_MS = 2000
/** Milliseconds after which a stream that says nothing counts as dead. */
const SILENCE_MS = 6000
/** Failures in a row after which a stream counts as not to be had. */
const FAILURES = 3

/**
 * Listens to the stream of changes; polls while there is none. Goes on by itself when the server is
 * back.
 *
 * @param poll called while there is no stream
 */
export function listen(listener: Listener, poll: () => Promise<void>): void {
  let failures = 0
  let timer: number | undefined
  const startPolling = (): void => {
    timer ??= window.setInterval(() => {
      poll().then(
        () => listener.connection('polling'),
        () => listener.connection('lost'),
      )
    }, POLL_MS)
  }
  let heard = Date.now()
  window.setInterval(() => {
    if (Date.now() - heard > SILENCE_MS) startPolling()
  }, POLL_MS)
  const connect = (): void => {
    const source = new EventSource('api/live')
    source.addEventListener('tick', (event) => {
      failures = 0
      heard = Date.now()
      window.clearInterval(timer)
      timer = undefined
      listener.connection('live')
      listener.tick(JSON.parse(event.data) as Tick)
    })
    source.addEventListener('error', () => {
      failures += 1
      if (failures >= FAILURES) startPolling()
      // Closed for good, by an answer such as 503: tried anew, while the page polls.
      if (source.readyState !== EventSource.CLOSED) return
      startPolling()
      window.setTimeout(connect, 15_000)
    })
  }
  connect()
}
