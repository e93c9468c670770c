import type { AddressInfo } from 'node:net'
import { Duplex } from 'node:stream'

type WriteCallback = (error?: Error | null) => void

/** Ends of a connection, as a socket shows them. */
export interface ConnectionAddresses {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly remoteFamily?: string | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  readonly localFamily?: string | undefined
}

/** One end of a connection in memory. For HTTP code it behaves as a `net.Socket`. */
export class MemorySocket extends Duplex implements ConnectionAddresses {
  declare readonly remoteAddress: string | undefined
  declare readonly remotePort: number | undefined
  declare readonly remoteFamily: string | undefined
  declare readonly localAddress: string | undefined
  declare readonly localPort: number | undefined
  declare readonly localFamily: string | undefined
  readonly connecting = false
  readonly pending = false
  readonly readyState = 'open'
  bytesRead = 0
  bytesWritten = 0
  /** Milliseconds without traffic after which `timeout` is emitted; undefined or 0: never. */
  timeout: number | undefined
  #other: MemorySocket | undefined
  /** Resumes the other end's writes, once this end was read. */
  #resume: WriteCallback | undefined
  #timer: NodeJS.Timeout | undefined
  #isEnded = false

  constructor(addresses: ConnectionAddresses = {}) {
    super()
    Object.assign(this, addresses)
    // An end that breaks is seen by the exchange on it; none may end the process.
    this.on('error', () => undefined)
  }

  /** Connects two ends: what is written to one is read from the other. */
  static connect(one: MemorySocket, other: MemorySocket): void {
    one.#other = other
    other.#other = one
  }

  setTimeout(milliseconds: number, listener?: () => void): this {
    clearTimeout(this.#timer)
    this.timeout = milliseconds
    const elapsed = (): void => void this.emit('timeout')
    this.#timer = milliseconds > 0 ? setTimeout(elapsed, milliseconds).unref() : undefined
    if (listener === undefined) return this
    return milliseconds > 0 ? this.once('timeout', listener) : this.off('timeout', listener)
  }

  setKeepAlive(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  address(): AddressInfo | Record<string, never> {
    const { localAddress, localPort, localFamily } = this
    if (localAddress === undefined || localPort === undefined) return {}
    return { address: localAddress, port: localPort, family: localFamily ?? 'IPv4' }
  }

  destroySoon(): void {
    this.end(() => this.destroy())
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  override _read(): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: WriteCallback): void {
    const other = this.#other
    this.bytesWritten += chunk.length
    this.#timer?.refresh()
    if (other === undefined || other.destroyed) written(new Error('The connection in memory is closed'))
    else other.#receive(chunk, written)
  }

  /** Ends when the other end has read all of it. */
  override _final(ended: WriteCallback): void {
    const other = this.#other
    this.#isEnded = true
    if (other === undefined || other.destroyed || other.readableEnded) {
      ended()
      return
    }
    const done = (): void => {
      other.off('end', done).off('close', done)
      ended()
    }
    other.once('end', done).once('close', done).push(null)
  }

  override _destroy(error: Error | null, destroyed: (error?: Error | null) => void): void {
    clearTimeout(this.#timer)
    const [other, resume] = [this.#other, this.#resume]
    this.#resume = undefined
    resume?.(new Error('The connection in memory is closed'))
    // As over a network: an end that breaks off is gone for the other, a turn later.
    if (!this.#isEnded) setImmediate(() => other?.destroy())
    destroyed(error)
  }

  #receive(chunk: Buffer, written: WriteCallback): void {
    this.bytesRead += chunk.length
    this.#timer?.refresh()
    if (this.push(chunk)) written()
    else this.#resume = written
  }
}

/**
 * One end of a connection in memory that counts as encrypted. For HTTP code it behaves as a
 * `TLSSocket` whose client shows no certificate.
 */
export class MemoryTlsSocket extends MemorySocket {
  readonly encrypted = true
  readonly authorized = false
  readonly authorizationError = null
  readonly alpnProtocol = 'http/1.1'

  getPeerCertificate(): Record<string, never> {
    return {}
  }

  getPeerX509Certificate(): undefined {
    return undefined
  }

  getProtocol(): string {
    return 'TLSv1.3'
  }

  getCipher(): Readonly<Record<'name' | 'standardName' | 'version', string>> {
    return { name: 'TLS_AES_256_GCM_SHA384', standardName: 'TLS_AES_256_GCM_SHA384', version: 'TLSv1.3' }
  }

  getSession(): undefined {
    return undefined
  }

  isSessionReused(): boolean {
    return false
  }
}
