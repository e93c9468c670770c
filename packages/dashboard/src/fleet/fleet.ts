import { textOf } from '../figures/fit.js'
import { merge } from '../figures/merge.js'
import { parseSnapshot } from '../figures/parse.js'
import type { Recorder } from '../figures/recorder.js'
import { type Peers, TELL_MS } from '../peers/peers.js'
import { PushPeers } from '../peers/push-peers.js'
import { isWithin } from '../shared/clock.js'
import type { Snapshot, State } from '../shared/state.js'

/** Milliseconds for which all that look share what the other processes have told. */
const SHARED_MS = 900

/** This process and those that it hears of: tells its own figures, and adds up all. */
export class Fleet {
  readonly #recorder: Recorder
  readonly #peers: Peers
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #others: { readonly at: number; readonly read: Promise<readonly Snapshot[]> } | undefined
  #isTelling = false

  constructor(recorder: Recorder, peers: Peers, now: () => number) {
    this.#recorder = recorder
    this.#peers = peers
    this.#now = now
    this.#timer = setInterval(() => void this.tell(), TELL_MS).unref()
    if (peers instanceof PushPeers) peers.onWanted = () => void this.tell()
  }

  /** Resolves to the sum of the figures of all processes. Never rejects for one of the others. */
  async state(): Promise<State> {
    const [own, others] = await Promise.all([this.#recorder.snapshot(true), this.#read()])
    return merge(own, others, this.#peers.by)
  }

  /** Tells the others this process's figures, where they want them. Never rejects. */
  async tell(): Promise<void> {
    if (!this.#peers.isWanted || this.#isTelling) return
    this.#isTelling = true
    try {
      await this.#peers.tell(textOf(await this.#recorder.snapshot(false)))
    } catch {
      // The store or bus is down: the others will see this process as gone, which they can't ask.
    } finally {
      this.#isTelling = false
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#recorder.close()
    await this.#peers.close()
  }

  #read(): Promise<readonly Snapshot[]> {
    const now = this.#now()
    if (this.#others === undefined || !isWithin(SHARED_MS, this.#others.at, now))
      this.#others = { at: now, read: this.#parsed() }
    return this.#others.read
  }

  async #parsed(): Promise<readonly Snapshot[]> {
    const texts = await this.#peers.others().catch(() => [])
    return texts.flatMap((text) => parseSnapshot(text) ?? [])
  }
}
