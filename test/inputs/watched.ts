import type { IncomingMessage } from 'node:http'
import { carryReads, isPageRead } from '../../packages/express/src/inputs/carried.js'
import { type InputNotes, startNotes, stopNotes } from '../../packages/express/src/inputs/input-notes.js'

/** Collects what is noted of one request, as the watch of a page does. */
export class Watched implements InputNotes {
  readonly headers: IncomingMessage['headers']
  readonly names = new Set<string>()
  readonly #req: IncomingMessage

  constructor(req: IncomingMessage) {
    carryReads()
    this.#req = req
    this.headers = { ...req.headers }
    startNotes(req, this)
  }

  note(name: string): void {
    if (isPageRead(this, name)) this.names.add(name)
  }

  noteAddress(): void {
    this.names.add('address')
  }

  noteCopy(): void {
    this.names.add('copy')
  }

  /** Returns what was noted, in the order of the alphabet. */
  get read(): string[] {
    return [...this.names].sort()
  }

  stop(): void {
    stopNotes(this.#req, this)
  }
}
