import { connect, type Socket } from 'node:net'
import { Inbox } from './protocol/inbox.js'
import type { ProtocolReply, ProtocolRequest } from './protocol/protocol.js'

/** The address that a server listens on. */
export type MemcachedAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/** A request whose connection was lost; whether the server did it is unknown. */
export class LostError extends Error {
  override readonly name = 'LostError'
  /** Set by the first operation that throws it, so that one fault is reported once. */
  reported = false
}

interface Waiting {
  /** Reads on; returns true when the reply is whole and delivered. */
  readonly read: (inbox: Inbox) => boolean
  readonly reject: (error: Error) => void
  deadline: number
  /** The event loop stood still at its deadline, which has been put off for that time. */
  isPutOff: boolean
}

/**
 * One connection: requests go out as they come, replies arrive in their order. A late reply ends
 * the connection, since the replies behind it can't be told apart.
 */
export class MemcachedConnection {
  readonly #name: string
  readonly #socket: Socket
  readonly #inbox = new Inbox()
  readonly #waiting: Waiting[] = []
  readonly #timeoutMs: number
  readonly #lost: (error: LostError) => void
  #error: LostError | undefined
  #timer: NodeJS.Timeout | undefined
  #corked = false

  /**
   * @param name of the server, for messages
   * @param timeoutMs longest wait for a reply in milliseconds, connecting included
   * @param lost called once, when the connection has ended
   */
  constructor(name: string, address: MemcachedAddress, timeoutMs: number, lost: (error: LostError) => void) {
    this.#name = name
    this.#timeoutMs = timeoutMs
    this.#lost = lost
    this.#socket = connect({ ...address, noDelay: true, keepAlive: true })
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.end(error.message, error))
    this.#socket.on('close', () => this.end('the server closed the connection'))
  }

  get isOpen(): boolean {
    return this.#error === undefined
  }

  /** True while replies are outstanding. */
  get isBusy(): boolean {
    return this.#waiting.length > 0
  }

  /** Sends a request; rejects with a LostError, or with the server's refusal. */
  send<T extends ProtocolReply>(request: ProtocolRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(this.#error)
        return
      }
      const read = (inbox: Inbox) => {
        const reply = request.read(inbox)
        if (reply === undefined) return false
        if (reply instanceof Error) reject(reply)
        else resolve(reply)
        return true
      }
      this.#waiting.push({ read, reject, deadline: performance.now() + this.#timeoutMs, isPutOff: false })
      this.#write(request.message)
      this.#timer ??= this.#watch(this.#timeoutMs)
    })
  }

  /** Ends the connection and rejects the requests that wait. */
  end(reason: string, cause?: unknown): void {
    if (this.#error !== undefined) return
    const error = new LostError(`memcached at ${this.#name}: ${reason}`, { cause })
    this.#error = error
    clearTimeout(this.#timer)
    this.#socket.destroy()
    // The owner first: a retry must not be given this connection.
    this.#lost(error)
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  /** Writes the requests of one turn of the event loop in one piece. */
  #write(message: readonly (string | Uint8Array)[]): void {
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#corked = false
        this.#socket.uncork()
      })
    }
    for (const piece of message) this.#socket.write(piece)
  }

  #receive(chunk: Buffer): void {
    this.#inbox.push(chunk)
    try {
      while (this.#waiting[0]?.read(this.#inbox)) this.#waiting.shift()
      if (this.#waiting.length === 0 && !this.#inbox.isEmpty) this.end('the server answered unasked')
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown error'
      this.end(`what the server says can't be understood: ${reason}`, error)
    }
  }

  /** One timer for all requests, set for the oldest. */
  #watch(milliseconds: number): NodeJS.Timeout {
    // Sockets are read between timers and immediates: a reply that came while the event loop was
    // busy is not late.
    return setTimeout(() => setImmediate(() => this.#lookUp()), milliseconds)
  }

  #lookUp(): void {
    this.#timer = undefined
    const longest = this.#waiting[0]
    if (longest === undefined) return
    const left = longest.deadline - performance.now()
    if (left > 0) this.#timer = this.#watch(left)
    else if (left > -1 || longest.isPutOff) this.end(`no answer within ${this.#timeoutMs} ms`)
    else this.#putOff(-left)
  }

  /** While the event loop stood still, nothing could be sent or read. */
  #putOff(milliseconds: number): void {
    for (const it of this.#waiting) {
      it.deadline += milliseconds
      it.isPutOff = true
    }
    this.#timer = this.#watch(milliseconds)
  }
}
