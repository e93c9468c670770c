import type { RequestReads } from './request-reads.js'
import { propertyOf, sessionText } from './session-state.js'

/** A session as the handler finds it, and whether it changes it: such a page is not kept. */
export class SessionWatch {
  readonly #reads: RequestReads
  /** Text of the session before the handler first looked at it. */
  #text: string | undefined
  #id: string | undefined
  #isChanged = false

  constructor(reads: RequestReads) {
    this.#reads = reads
  }

  get isChanged(): boolean {
    return this.#isChanged
  }

  /** Id of the session that the handler looked at; undefined: it looked at none, or it has none. */
  get id(): string | undefined {
    return this.#id
  }

  /** @param change whether the handler puts another session in its place */
  before(change: boolean): void {
    if (change) this.#isChanged = true
    if (this.#text !== undefined) return
    this.#text = this.#now()
    const id = this.#reads.quietly(() => Reflect.get(this.#reads.req, 'sessionID'))
    if (typeof id === 'string' && id !== '') this.#id = id
  }

  handlerEnded(): void {
    if (this.#text !== undefined && this.#text !== this.#now()) this.#isChanged = true
    this.#text = undefined
  }

  stop(): void {
    this.#text = undefined
  }

  /** @returns undefined for a session that can't be read: it counts as changed */
  #now(): string | undefined {
    const { req } = this.#reads
    try {
      return this.#reads.quietly(() =>
        sessionText({ session: Reflect.get(req, 'session'), sessionID: Reflect.get(req, 'sessionID') }),
      )
    } catch {
      this.#isChanged = true
      return undefined
    }
  }
}

/**
 * Returns whether the session names a user, as passport keeps it; of one that has another name for
 * the user, nothing is pardoned.
 */
export function sessionNamesUser(reads: RequestReads): boolean {
  const { req } = reads
  if (Reflect.get(req, '_userProperty') !== undefined) return false
  const session: unknown = reads.quietly(() => Reflect.get(req, 'session'))
  const login: unknown = propertyOf(session, 'passport')
  return propertyOf(login, 'user') !== undefined
}
