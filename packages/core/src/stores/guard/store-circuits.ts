import { StoreError } from '../../errors.js'
import { redact } from '../../util/redact.js'
import { Circuit } from './circuit.js'
import { Outage } from './outage.js'

/** Kinds of operations that a store may refuse while it does the others. */
export type OperationKind = 'read' | 'write' | 'delete'

/** When a store counts as down, and how it is tried again. */
export interface CircuitsOptions {
  /** Failures in a row of one kind, after which it is not tried any more. */
  readonly failures: number
  /** Milliseconds between two attempts. */
  readonly retryMs: number
  /** A read that shows whether the store answers. */
  readonly probe: () => Promise<unknown>
}

/**
 * The circuits of a store. One that is full, read-only or not permitted refuses writes and goes on
 * answering reads, and deletes often too; so each kind has a circuit of its own.
 *
 * Without reads nothing else is tried. When another kind fails, a read decides whether the store
 * refuses that kind, or is down.
 */
export class StoreCircuits {
  readonly #name: string
  readonly #options: CircuitsOptions
  readonly #circuits: Readonly<Record<OperationKind, Circuit>>
  #outage: Outage | undefined

  constructor(name: string, options: CircuitsOptions) {
    this.#name = name
    this.#options = options
    const { failures, retryMs, probe } = options
    const onClose = () => this.#closed()
    const bounds = { failures, retryMs, onClose }
    const onOpen = () => void this.#examine()
    this.#circuits = {
      read: new Circuit({ ...bounds, probe, onOpen: () => this.#begin(), onClose: () => this.#reset() }),
      write: new Circuit({ ...bounds, onOpen }),
      delete: new Circuit({ ...bounds, onOpen }),
    }
  }

  /** State of the store as a whole: that of its reads. */
  get state(): Circuit['state'] {
    return this.#circuits.read.state
  }

  /** State of its writes, if they are refused while reads are answered. */
  get writes(): Circuit['state'] {
    return this.#circuits.write.state
  }

  /** Runs an operation, or rejects at once while its kind is not tried. */
  run<T>(kind: OperationKind, operation: () => Promise<T>): Promise<T> {
    const { read, [kind]: circuit } = this.#circuits
    if (read.state !== 'closed') return Promise.reject(this.#downError(read))
    if (!circuit.admits) return Promise.reject(this.#refusal(kind, circuit))
    return circuit.run(operation)
  }

  /** Ends all retries. */
  end(): void {
    for (const circuit of Object.values(this.#circuits)) circuit.end()
  }

  #begin(): void {
    this.#outage ??= new Outage(this.#name)
  }

  /** Reads until one succeeds, or so many fail that the store counts as down. */
  async #examine(): Promise<void> {
    // A refusal that goes on has been examined.
    if (this.#outage !== undefined) return
    this.#begin()
    const { read } = this.#circuits
    for (let answered = false; !answered && read.state === 'closed'; ) {
      answered = await read.run(this.#options.probe).then(
        () => true,
        () => false,
      )
    }
  }

  /** Tries writes again when reads are back. */
  #reset(): void {
    this.#circuits.write.close()
    this.#circuits.delete.close()
    this.#closed()
  }

  #closed(): void {
    if (Object.values(this.#circuits).some(({ state }) => state === 'open')) return
    this.#outage?.end()
    this.#outage = undefined
  }

  #downError(circuit: Circuit): StoreError {
    const tried = `is down and is tried again every ${this.#options.retryMs} ms`
    return this.#error(`the ${this.#name} store ${tried}`, circuit)
  }

  #refusal(kind: OperationKind, circuit: Circuit): StoreError {
    const tried = `answers reads, but ${kind}s fail; one is tried every ${this.#options.retryMs} ms`
    return this.#error(`the ${this.#name} store ${tried}`, circuit)
  }

  #error(text: string, { lastError }: Circuit): StoreError {
    const reason = lastError instanceof Error ? redact(lastError.message) : 'unknown error'
    const error = new StoreError(`${text}; its last failure was: ${reason}`, { cause: lastError })
    return this.#outage?.mark(error) ?? error
  }
}
