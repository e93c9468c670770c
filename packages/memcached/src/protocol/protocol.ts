import type { Inbox } from './inbox.js'

/** A request, and the reader of its reply. */
export interface ProtocolRequest<T extends ProtocolReply> {
  /** Pieces that are written one after the other. */
  readonly message: readonly (string | Uint8Array)[]
  /**
   * Reads the reply, of which a part may have been read before. An Error is the server's refusal,
   * after which the connection goes on.
   *
   * @returns undefined: more has yet to arrive
   * @throws ProtocolError when it is no reply to this request
   */
  readonly read: (inbox: Inbox) => T | Error | undefined
}

/** Never undefined, which means that the reply has not arrived. */
export type ProtocolReply = object | string | boolean

/** A value on a server. */
export interface Item {
  readonly value: Buffer
  /** Memcached's compare-and-swap number: it changes with the value. */
  readonly cas: bigint
}

/** Result of a store; `conflict`: the item exists, has changed or is gone. */
export type StoreResult = 'stored' | 'conflict' | 'too-large'

/** A value to store. */
export interface StoreRequest {
  readonly key: string
  readonly value: Uint8Array
  /** Memcached's seconds: 0 for ever, up to 30 days from now, above that since the epoch. */
  readonly expires: number
  /** `add`: only if the key is missing; a number: only if the item still has this cas. */
  readonly only?: 'add' | bigint
}

/** User name and password. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Memcached's commands. Keys have no white space and at most 250 bytes. */
export interface Protocol {
  /** Authenticates; true, or an Error. */
  authenticate(credentials: Credentials): ProtocolRequest<true>
  /** Reads the items that are there; those of more than `maxBytes` are left out. */
  fetch(keys: readonly string[], maxBytes: number): ProtocolRequest<Map<string, Item>>
  store(request: StoreRequest): ProtocolRequest<StoreResult>
  /** Deletes a key; the reply tells whether it was there. */
  remove(key: string): ProtocolRequest<boolean>
  version(): ProtocolRequest<string>
  stats(): ProtocolRequest<Map<string, string>>
}
