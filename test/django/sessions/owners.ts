/** Names under which pages show the id of a session, and a token. */
export const SESSION_ID = 'sessionid'
export const TOKEN = 'csrf'

/**
 * Whose the values are that pages show: those of the scenarios begin with their owner's letter,
 * secrets (tokens, ids of sessions) belong to the visitor to whom they were given first.
 */
export class Owners {
  readonly #visitors: ReadonlySet<string>
  readonly #secrets = new Map<string, string>()

  constructor(visitors: Iterable<string>) {
    this.#visitors = new Set(visitors)
  }

  /** Notes a secret that a visitor was given. */
  give(visitor: string, secret: string): void {
    if (!this.#secrets.has(secret)) this.#secrets.set(secret, visitor)
  }

  ownerOfSecret(secret: string): string | undefined {
    return this.#secrets.get(secret)
  }

  /**
   * Writes secrets as `of a`, the way in which they are recorded. Ids and tokens of sessions that
   * are not kept, as express-session makes them for each request, are nobody's.
   */
  described(shows: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const entries = Object.entries(shows).map(([name, value]) => {
      const owner = typeof value === 'string' ? this.#secrets.get(value) : undefined
      if (owner !== undefined) return [name, `of ${owner}`]
      return [name, name === SESSION_ID || name === TOKEN ? null : value]
    })
    return Object.fromEntries(entries)
  }

  /**
   * Returns the names under which described values are shown that belong to a visitor of whom this
   * holds.
   */
  namesOf(shows: Readonly<Record<string, unknown>>, holds: (owner: string) => boolean): readonly string[] {
    const isTheirs = (value: unknown): boolean => {
      if (Array.isArray(value)) return value.some(isTheirs)
      const owner = this.#ownerOf(value)
      return owner !== undefined && holds(owner)
    }
    return Object.keys(shows).filter((name) => isTheirs(shows[name]))
  }

  #ownerOf(value: unknown): string | undefined {
    const letter = /^(?:of )?([a-z])(?:-|$)/.exec(String(value))?.[1]
    return letter !== undefined && this.#visitors.has(letter) ? letter : undefined
  }
}
