import type { Inbox } from './inbox.js'

/** What is asked of a server, and how its answer is read. */
export interface ProtocolRequest<T extends ProtocolReply> {
  /** In pieces, to be written one after the other. */
  readonly message: readonly (string | Uint8Array)[]
  /**
   * The answer, of which a part may have been read before; undefined: more of it has yet to come. An Error is the
   * server's refusal, after which it can be asked on.
   *
   * @throws ProtocolError when it is no answer to this.
   */
  readonly read: (inbox: Inbox) => T | Error | undefined
}

/** Never undefined: that would say that the answer has not come. */
export type ProtocolReply = object | string | boolean

/** A value as a server keeps it. */
export interface Item {
  readonly value: Buffer
  /** Changes with every change of the value. */
  readonly cas: bigint
}

/** What became of a value that was to be stored; `conflict`: it was there already, or changed, or is gone. */
export type StoreResult = 'stored' | 'conflict' | 'too-large'

/** A value to be stored. */
export interface StoreRequest {
  readonly key: string
  readonly value: Uint8Array
  /** Seconds as memcached takes them: 0 for ever, up to 30 days from now, above that since the epoch. */
  readonly expires: number
  /** `add`: only where nothing is; a number: only where the value is still of this cas. */
  readonly only?: 'add' | bigint
}

/** Who we say that we are. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** How one speaks with memcached. Keys are what it takes: without white space, 250 bytes at the most. */
export interface Protocol {
  /** Opens a session; true, or an Error. */
  authenticate(credentials: Credentials): ProtocolRequest<true>
  /** Those that are there. A value of more than `maxBytes` is not among them. */
  fetch(keys: readonly string[], maxBytes: number): ProtocolRequest<Map<string, Item>>
  store(request: StoreRequest): ProtocolRequest<StoreResult>
  /** Whether it was there. */
  remove(key: string): ProtocolRequest<boolean>
  version(): ProtocolRequest<string>
  stats(): ProtocolRequest<Map<string, string>>
}
