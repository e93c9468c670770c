import type { IncomingMessage, ServerResponse } from 'node:http'
import { inHole } from '@sitecache/core/internal'
import { ALL_COOKIES, ALL_HEADERS, ALL_LOCALS, reqInput, SESSION_INPUT } from '@sitecache/http'
import { watchAbsentVisitor } from './absent-visitor.js'
import { watchAddress } from './address.js'
import { carryReads, isPageRead } from './carried.js'
import { ClosingReads } from './closing-reads.js'
import { ADDRESS_INPUT, warnOfInput } from './development-warnings.js'
import { watchExpressAccessors } from './express-accessors.js'
import { watchCopies } from './headers-copies.js'
import type { InputsWatch, LookUpPlace, WatchOptions } from './inputs-watch.js'
import { NEXT, pardonedReader } from './known-readers.js'
import { PardonedAddress } from './pardoned-address.js'
import { FORWARDED_FOR, Pardons, type Puts, sessionPackage, sessionPuts } from './pardons.js'
import { fieldsPart, RequestFields } from './request-fields.js'
import type { RequestInputs } from './request-inputs.js'
import { type ReadListener, RequestReads, readsOf, readsOfResponse, showReads } from './request-reads.js'
import { watchResponse } from './response-fields.js'
import { watchPhases } from './response-phases.js'
import { EMPTY_SESSION } from './session-state.js'
import { SessionWatch, sessionNamesUser } from './session-watch.js'
import { watchTemplates } from './templates/watch-templates.js'
import { unwatchedInputs } from './unwatched.js'
import { localsPart, watchLocals } from './watched-locals.js'
import { watchHeaders } from './watched-request.js'
import { unknownProvenance } from './whole-request.js'

/**
 * Watches what is read of a request while its page is made. To be called at the look-up, after the
 * response is captured, before the handler runs.
 *
 * Never throws. Where a request can't be watched, everything counts as read.
 */
export function watchInputs(
  req: IncomingMessage,
  res: ServerResponse,
  inputs: RequestInputs,
  options: WatchOptions,
): InputsWatch {
  const reads = readsOf(req) ?? new RequestReads(req, res)
  reads.settle(false)
  reads.stage += 1
  const watch = new Watch(reads, inputs, options)
  inputs.freeze(reads.stage)
  reads.begin(watch)
  carryReads()
  const isWatched = install(reads, watch)
  if (!isWatched) watch.learnEverything()
  else for (const name of unwatchedInputs(reads)) watch.noteField(name)
  return watch
}

/**
 * @returns false for a request that can't be watched, since an application made its properties
 *   final
 */
function install(reads: RequestReads, watch: Watch): boolean {
  if (!reads.isWatchable) return false
  try {
    const fields = fieldsPart.of(reads) ?? fieldsPart.set(reads, new RequestFields(reads))
    if (readsOf(reads.req) !== reads) {
      showReads(reads)
      if (readsOfResponse(reads.res) !== reads) throw new Error('The response does not know its request')
      watchExpressAccessors(reads.req)
    }
    watchHeaders(reads)
    watch.endAbove = watchPhases(reads)
    watchLocals(reads)
    watchResponse(reads)
    watchTemplates(reads.res)
    fields.watchAll()
    watchAbsentVisitor(reads)
    // Connections are shared: they hold a request only while a watch runs.
    if (reads.watches.length === 1) watchAddress(reads)
  } catch {
    reads.isWatchable = false
  }
  return reads.isWatchable
}

class Watch implements InputsWatch, ReadListener {
  readonly names = new Set<string>()
  readonly lateNames = new Set<string>()
  readonly stage: number
  address = false
  unseen = false
  /** Method by which the middlewares above the look-up end the response. */
  endAbove: unknown
  readonly #reads: RequestReads
  readonly #inputs: RequestInputs
  readonly #place: LookUpPlace
  readonly #isTold: boolean
  /** Names that need no second thought: known, learned or ignored. */
  readonly #settled: Set<string>
  #pardons: Pardons | undefined
  readonly #session: SessionWatch
  #headIsOut = false
  readonly #address = new PardonedAddress()
  readonly #closing: ClosingReads

  constructor(reads: RequestReads, inputs: RequestInputs, { place, known, isTold = true }: WatchOptions) {
    this.#reads = reads
    this.#inputs = inputs
    this.#place = place
    this.#isTold = isTold
    this.#settled = new Set(known)
    this.stage = reads.stage
    this.#session = new SessionWatch(reads)
    this.#closing = new ClosingReads(reads)
  }

  note(name: string): void {
    if (!isPageRead(this, 'input', name)) return
    if (name === FORWARDED_FOR) {
      const how = this.#address.ofForwardedFor()
      if (how === 'pardoned') return
      if (how === 'address') this.noteAddress()
    }
    const isSettled = this.#settled.has(name)
    if (!isSettled && this.#closing.putsOff(() => this.learn(name))) return
    if (isSettled) this.#expectSession(name)
    else if (!this.#isPardoned(name)) this.learn(name)
  }

  knows(name: string): boolean {
    return this.#settled.has(name)
  }

  noteField(name: string): void {
    if (!isPageRead(this, 'field', name)) return
    if (this.#settled.has(name)) return
    if (name.startsWith('locals:') && this.#settled.has(ALL_LOCALS)) return
    if (this.#inputs.rules.ignores(name)) return
    // Worked out before the handler gets hold of it, and changes it.
    const isPlain = this.#inputs.isPlain(name)
    const learn = (): void => {
      this.learn(name)
      if (!isPlain) for (const made of unknownProvenance) this.learn(made)
    }
    if (!this.#closing.putsOff(learn)) learn()
  }

  notePut(reader: string, name?: string): boolean {
    if (!isPageRead(this, 'put', name === undefined ? reader : `${reader} ${name}`)) return true
    if (name !== undefined) {
      this.note(name)
      return true
    }
    if (this.#closing.putsOff(() => this.#lift(reader))) return false
    const passedOn = this.#pardons?.passOn(reader, () => sessionNamesUser(this.#reads))
    if (passedOn !== undefined && this.#expect(passedOn.reader, passedOn.puts)) return false
    // Nothing was pardoned where all that the package reads had been learned before.
    if (this.#pardons === undefined) return true
    const read = this.#pardons.lift(reader)
    for (const learned of read ?? []) this.learn(learned)
    return read !== undefined
  }

  noteAddress(by?: 'accessor'): void {
    if (!isPageRead(this, 'address')) return
    if (this.address || this.#closing.putsOff(() => this.#learnAddress())) return
    if (!this.#address.isPardoned(this.#place, by)) this.#learnAddress()
  }

  #learnAddress(): void {
    this.address = true
    if (this.#isTold) warnOfInput(this.#reads.req, ADDRESS_INPUT)
  }

  /** A package that was pardoned turns out to have read for the page. */
  #lift(reader: string): void {
    for (const name of this.#pardons?.lift(reader, false) ?? []) this.learn(name)
  }

  noteCopy(): void {
    // A value that a hole has computed may be used by the page, with what is read of the copy.
    if (!isPageRead(this, 'copy')) return void watchCopies(this.#reads)
    if (this.unseen) return
    const learn = (): void => {
      this.unseen = true
      this.learn(ALL_HEADERS)
    }
    if (this.#closing.putsOff(learn)) return void watchCopies(this.#reads)
    if (!this.#settled.has(ALL_HEADERS) && this.#isPardoned(ALL_HEADERS)) return
    learn()
    watchCopies(this.#reads)
  }

  /** Learns an input that counts, unless the application ignores it. */
  learn(name: string): void {
    if (this.#settled.has(name)) return
    this.#settled.add(name)
    if (this.#inputs.rules.ignores(name)) return
    if (this.#isTold) warnOfInput(this.#reads.req, name, (read) => this.#inputs.isNews(read))
    if (this.#headIsOut) this.lateNames.add(name)
    else this.names.add(name)
  }

  /** The request can't be watched. */
  learnEverything(): void {
    this.unseen = true
    this.address = true
    for (const name of unknownProvenance) this.learn(name)
  }

  keepValue(name: string): void {
    this.#inputs.value(name)
  }

  beforeSession(change: boolean): void {
    // A hole runs on a hit too: its change of the session is none of the page.
    if (!inHole() && (change || !this.#reads.isClosing) && !this.#reads.end.isWritten)
      this.#session.before(change)
  }

  get changedSession(): boolean {
    return this.#session.isChanged
  }

  get idOfEmptySession(): string | undefined {
    const { id } = this.#session
    if (id === undefined || this.#settled.has(reqInput('sessionID'))) return undefined
    // On top all of its visitor's cookies are in the key, but an id that is new is in none of them.
    return this.#place === 'top' || this.#inputs.value(SESSION_INPUT) === EMPTY_SESSION ? id : undefined
  }

  handlerEnded(): void {
    this.#session.handlerEnded()
  }

  endPasses(to: unknown): void {
    if (to === this.endAbove) this.#closing.endLeaves()
  }

  get isRewritten(): boolean {
    return this.#closing.isRewritten
  }

  isOpen(part: 'head' | 'body'): boolean {
    return this.#closing.isOpen(part)
  }

  headTaken(): void {
    this.#closing.headTaken()
  }

  headSent(): void {
    this.#reads.settle()
    this.#headIsOut = true
  }

  written(): void {
    this.#reads.end.hasWrite()
  }

  endTaken(chunk: unknown): void {
    this.#closing.endTaken(chunk)
  }

  stop(): void {
    this.#reads.stop(this)
    this.#session.stop()
    this.#pardons = undefined
  }

  #isPardoned(name: string): boolean {
    if (this.#place === 'below' && name !== ALL_COOKIES && name !== FORWARDED_FOR) return false
    this.#pardons ??= new Pardons(pardonedReader)
    const pardon = this.#pardons.grant(name)
    if (pardon?.reader === NEXT) this.#address.nextAsks()
    return pardon !== undefined && this.#expect(pardon.reader, pardon.puts)
  }

  /**
   * Watches the session that express-session is about to put there, also where cookies need no
   * pardon: a page whose handler changes it is not kept. It has put its store there when it looks
   * for its cookie.
   */
  #expectSession(name: string): void {
    const { req } = this.#reads
    if (this.#place === 'below' || name !== ALL_COOKIES || !Object.hasOwn(req, 'sessionStore')) return
    if (!('session' in req)) this.#expect(sessionPackage, sessionPuts)
  }

  /** @returns false where what the package puts there could be read unseen */
  #expect(reader: string, { req, locals }: Puts): boolean {
    if (fieldsPart.of(this.#reads)?.expect(reader, req) !== true) return false
    if (locals.length === 0) return true
    // Express makes them later than a look-up that stands outside of it.
    watchLocals(this.#reads)
    const watched = localsPart.of(this.#reads)
    watched?.expect(reader, locals)
    return watched !== undefined
  }
}
