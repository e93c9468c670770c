import { isWithin } from '../shared/clock.js'
import { GONE_MS, MAX_PEERS, type Peers } from './peers.js'

/** Way of a message to all other processes. */
export interface Link {
  readonly by: string
  send(message: string): Promise<void>
  /** Calls the listener with each message; returns a function that stops it. */
  listen(listener: (message: string) => void): () => void
}

/** Longest message that is read: a snapshot within JSON. */
const MAX_LENGTH = 80_000
/** Milliseconds for which one wish for figures holds. */
const WANTED_MS = 8000
/** Milliseconds between two wishes. */
const WISH_MS = 2000
/** Milliseconds for which the first wish waits for answers. */
const ANSWER_MS = 250

interface Message {
  readonly from: string
  readonly kind: 'wanted' | 'figures' | 'gone'
  readonly text?: string | undefined
}

/** Figures that are sent to all others, while one of them wants them. */
export class PushPeers implements Peers {
  readonly by: string
  readonly #id: string
  readonly #link: Link
  readonly #now: () => number
  readonly #heard = new Map<string, { readonly text: string; readonly at: number }>()
  readonly #stop: () => void
  /** Called when figures are wanted that were not before. */
  onWanted: () => void = () => undefined
  #wantedAt = Number.NEGATIVE_INFINITY
  #wishedAt = Number.NEGATIVE_INFINITY

  constructor(id: string, link: Link, now: () => number) {
    this.#id = id
    this.#link = link
    this.#now = now
    this.by = link.by
    this.#stop = link.listen((message) => this.#hear(message))
  }

  get isWanted(): boolean {
    return isWithin(WANTED_MS, this.#wantedAt, this.#now())
  }

  async tell(text: string): Promise<void> {
    await this.#send({ from: this.#id, kind: 'figures', text })
  }

  async others(): Promise<readonly string[]> {
    const now = this.#now()
    const wishedAt = this.#wishedAt
    if (!isWithin(WISH_MS, wishedAt, now)) {
      this.#wishedAt = now
      await this.#send({ from: this.#id, kind: 'wanted' }).catch(() => undefined)
      // Only the first wish finds the others silent.
      if (!isWithin(WANTED_MS, wishedAt, now)) await new Promise((resolve) => setTimeout(resolve, ANSWER_MS))
    }
    for (const [id, { at }] of this.#heard) if (!isWithin(GONE_MS, at, this.#now())) this.#heard.delete(id)
    return [...this.#heard.values()].map(({ text }) => text)
  }

  async close(): Promise<void> {
    this.#stop()
    await this.#send({ from: this.#id, kind: 'gone' }).catch(() => undefined)
  }

  #send(message: Message): Promise<void> {
    return this.#link.send(JSON.stringify({ 'sitecache:dashboard': 1, ...message }))
  }

  #hear(written: string): void {
    const message = parseMessage(written)
    if (message === undefined || message.from === this.#id) return
    const { from, kind, text } = message
    if (kind === 'gone') this.#heard.delete(from)
    else if (kind === 'wanted') this.#wanted()
    else if (text !== undefined && (this.#heard.has(from) || this.#heard.size < MAX_PEERS))
      this.#heard.set(from, { text, at: this.#now() })
  }

  #wanted(): void {
    const wasWanted = this.isWanted
    this.#wantedAt = this.#now()
    if (!wasWanted) this.onWanted()
  }
}

/** @returns undefined for a message that is none of ours: a bus has others, too */
function parseMessage(written: unknown): Message | undefined {
  if (typeof written !== 'string' || written.length > MAX_LENGTH) return undefined
  if (!written.startsWith('{"sitecache:dashboard":1,')) return undefined
  try {
    const { from, kind, text }: Record<string, unknown> = JSON.parse(written)
    const isMessage =
      typeof from === 'string' &&
      from.length <= 100 &&
      (kind === 'wanted' || kind === 'gone' || (kind === 'figures' && typeof text === 'string'))
    return isMessage ? { from, kind, text: text as string | undefined } : undefined
  } catch {
    return undefined
  }
}
