/**
 * Where a layer looks up. `below`: middlewares ran before it (`fetchFromCache`, `cachePage`): what
 * they read is no input, what they left on the request is. `top`: a hit skips all middlewares
 * (`siteCache`, `withSiteCache`), so that what they read counts too.
 */
export type LookUpPlace = 'below' | 'top'

export interface WatchOptions {
  readonly place: LookUpPlace
  /** Inputs that the URL's vary record has already. */
  readonly known: readonly string[]
  /** Whether a developer is told what is learned. @default true */
  readonly isTold?: boolean
}

/** Record of what is read of a request from a look-up to the end of its response. */
export interface InputsWatch {
  /** An input was read, seen elsewhere (a template, a copy of the headers). */
  note(name: string): void
  noteAddress(): void
  noteCopy(): void
  /** Inputs learned before the head went out, without those that were known. */
  readonly names: ReadonlySet<string>
  /** Inputs first read between head and end: the page can't be kept. */
  readonly lateNames: ReadonlySet<string>
  /** The client's address or certificate was read: the page can't be kept. */
  readonly address: boolean
  /** The handler changed its session, or took messages out of it: the page can't be kept. */
  readonly changedSession: boolean
  /**
   * A middleware above the look-up has changed the body, as it would again on a hit: the page can't
   * be kept.
   */
  readonly isRewritten: boolean
  /** All headers were copied: what is read of the copy is not seen. */
  readonly unseen: boolean
  /**
   * Id of a session that holds nothing and that the handler looked at. All such sessions share a
   * page: one that shows the id (`req.session.id`, a look at which can't be seen) can't be kept.
   */
  readonly idOfEmptySession: string | undefined
  /** The head has come to the layer, which is about to judge it. */
  headTaken(): void
  /** The head goes out. */
  headSent(): void
  /** A part of the body has come to the layer. */
  written(): void
  /** @param chunk what has come to the layer with the end of the body */
  endTaken(chunk: unknown): void
  /** Ends the watch: nothing of it is held afterwards. */
  stop(): void
}
