import { StoreError } from '@sitecache/core/store'
import { type MemcachedAddress, MemcachedConnection } from './connection.js'
import { type Deletions, PendingDeletes } from './pending-deletes.js'
import { RefusedError } from './protocol/inbox.js'
import type { Credentials, Protocol } from './protocol/protocol.js'

/** Settings of servers. */
export interface ServerSettings {
  readonly protocol: Protocol
  readonly credentials: Credentials | undefined
  /** Longest wait for a reply, in milliseconds. */
  readonly answerMs: number
  /** Lost connections in a row after which the server counts as dead. */
  readonly failures: number
  /** Milliseconds after which a dead server is tried again. */
  readonly retryMs: number
}

/** Applies deletions to a server. */
type ApplyDeletions = (connection: MemcachedConnection, deletions: Deletions) => Promise<void>

/** One server: its connection, whether it lives, and its pending deletes. */
export class Server {
  readonly name: string
  readonly pendingDeletes = new PendingDeletes()
  readonly #address: MemcachedAddress
  readonly #settings: ServerSettings
  readonly #applyDeletions: ApplyDeletions
  /** Called with the deletions that were applied when a dead server is back. */
  onReturn: ((deletions: Deletions) => void) | undefined
  #connection: MemcachedConnection | undefined
  #opening: Promise<MemcachedConnection> | undefined
  #trying: Promise<void> | undefined
  /** Connections lost since the last reply. */
  #losses = 0
  #retryAt = 0
  #closed = false

  constructor(address: MemcachedAddress, settings: ServerSettings, apply: ApplyDeletions) {
    this.name = nameOf(address)
    this.#address = address
    this.#settings = settings
    this.#applyDeletions = apply
  }

  get isAlive(): boolean {
    return this.#losses < this.#settings.failures
  }

  /** True when it is alive, or dead for long enough to be tried again. */
  get mayBeAsked(): boolean {
    return this.isAlive || performance.now() >= this.#retryAt
  }

  /**
   * Runs an operation. Rejects with a LostError when the server can't be reached, with a StoreError
   * when it refuses.
   */
  async ask<T>(run: (connection: MemcachedConnection) => Promise<T>): Promise<T> {
    try {
      const answer = await run(this.#connection ?? (await this.#open()))
      this.#answered()
      return answer
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      this.#answered()
      throw new StoreError(`memcached at ${this.name} refused: ${error.message.slice(0, 200)}`, {
        cause: error,
      })
    }
  }

  /** Tries a dead server again when that is due. Called by operations, which don't wait for it. */
  retryIfDue(): void {
    if (this.isAlive || this.#closed || this.#trying !== undefined || !this.mayBeAsked) return
    this.#retryAt = performance.now() + this.#settings.retryMs
    this.#trying = this.#tryAgain()
      // The next attempt may succeed.
      .catch(() => {})
      .finally(() => {
        this.#trying = undefined
      })
  }

  /** Applies pending deletes to a server that is in use. */
  async applyPendingDeletes(): Promise<void> {
    await this.ask((connection) => this.#applyPendingDeletes(connection)).catch(() => {})
  }

  close(): void {
    this.#closed = true
    this.#connection?.end('the store was closed')
  }

  /** Opens a connection, once for all callers. */
  #open(): Promise<MemcachedConnection> {
    this.#opening ??= this.#prepare().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #prepare(): Promise<MemcachedConnection> {
    if (this.#closed) throw new StoreError('the memcached store is closed')
    const { protocol, credentials, answerMs } = this.#settings
    const connection: MemcachedConnection = new MemcachedConnection(this.name, this.#address, answerMs, () =>
      this.#lose(connection),
    )
    try {
      if (credentials !== undefined) await connection.send(protocol.authenticate(credentials))
      // Before it is used, since its entries of those keys are out of date.
      await this.#applyPendingDeletes(connection, this.onReturn)
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown error'
      if (connection.isOpen) {
        connection.end(reason, error)
        if (!(error instanceof RefusedError)) throw error
        throw new StoreError(`memcached at ${this.name} refused: ${reason}`, { cause: error })
      }
      throw error
    }
    if (this.#closed) connection.end('the store was closed')
    if (connection.isOpen) this.#connection = connection
    return connection
  }

  async #tryAgain(): Promise<void> {
    const connection = this.#connection ?? (await this.#open())
    await connection.send(this.#settings.protocol.version())
    // Deletions may be added while others are applied; only then is it used again.
    while (!this.pendingDeletes.isEmpty) await this.#applyPendingDeletes(connection, this.onReturn)
    this.#answered()
  }

  /** Revives a dead server, unless it has pending deletes, which `retryIfDue` applies first. */
  #answered(): void {
    if (this.isAlive || this.pendingDeletes.isEmpty) this.#losses = 0
  }

  async #applyPendingDeletes(
    connection: MemcachedConnection,
    applied?: (deletions: Deletions) => void,
  ): Promise<void> {
    if (this.pendingDeletes.isEmpty) return
    const deletions = this.pendingDeletes.take()
    try {
      await this.#applyDeletions(connection, deletions)
    } catch (error) {
      this.pendingDeletes.addAll(deletions)
      throw error
    }
    applied?.(deletions)
  }

  #lose(connection: MemcachedConnection): void {
    if (this.#connection === connection) this.#connection = undefined
    // A server may close an idle connection.
    if (!connection.isBusy) return
    this.#losses += 1
    if (!this.isAlive) this.#retryAt = performance.now() + this.#settings.retryMs
  }
}

function nameOf(address: MemcachedAddress): string {
  if ('path' in address) return address.path
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}
