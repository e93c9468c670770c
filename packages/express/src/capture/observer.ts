import type { BodySample, MaybePromise } from '@sitecache/core/internal'

/** A response that was captured to its end. */
export interface Captured {
  readonly body: Buffer
  /** Whether its body is the handler's, which may change it once `end` has returned. */
  readonly isLent: boolean
  /** Bytes written, including those beyond the limit that were not kept. */
  readonly length: number
  readonly overflowed: boolean
  /** Whether the handler gave up before the end, of a response that no client sees. */
  readonly isCutShort: boolean
  /** Whether Node sends its head as UTF-8, as it does beside a text. */
  readonly isHeadUtf8: boolean
  /** Whether outer layers may have changed the head after us: then only the wire tells it. */
  readonly headMayDiffer: boolean
}

/**
 * Fate of a response by its head: its body is kept, only passed on, or the whole is held back, and
 * `replace` called once the handler has ended it. `replace-early`: nothing of its body is needed,
 * which may be long, or without an end: it is called at the first part of it.
 */
export type HeadFate = 'keep' | 'pass' | 'replace' | 'replace-early'

/** Callbacks that a capture makes while a response is written. */
export interface CaptureObserver {
  /**
   * Called before the head leaves this layer: the last moment to change it.
   */
  head(): HeadFate
  /** Called when the head that was observed could not be written: what follows is another one. */
  headFailed(): void
  /** Called before a part of the body is passed on. */
  written(): void
  /** Called before the end is passed on, with the part of the body that comes with it. */
  ending(chunk: unknown): void
  /** Called when the body exceeds the limit of its copy. */
  overflowed(): void
  /** Called when the handler has written head and body. */
  end(captured: Captured): void
  /**
   * Called when the handler has ended a response that no client sees, or nothing more of it is of
   * use: another goes out through `out`. A promise resolves once it is out.
   */
  replace(out: ResponseWriter, captured: Captured): MaybePromise<void>
  /**
   * Called when the handler destroys the response before its head, or takes too long. Returns
   * whether another response goes out in its place.
   */
  abandoned(): boolean
}

/** Target of a whole response: a response itself, or the writers outside of a capture. */
export interface ResponseWriter {
  /** Called before headers are set, where something was waited for since `replace` was called. */
  prepare?(): void
  writeHead(status: number, headers?: string[]): unknown
  /** @returns false: `drain` tells when more is taken */
  write(part: Buffer): unknown
  end(body?: Buffer): unknown
  /** Cuts the response off: what was begun can't be ended. */
  destroy(): unknown
}

/** Control over a captured response. */
export interface CaptureControl {
  /**
   * Holds the head back until it is known, for exchanges in which another response may replace the
   * handler's. Call it before the handler runs.
   */
  hold(): void
  /** Replaces the response of a handler that takes too long: its later writes are discarded. */
  giveUp(): void
  /** Shows the body to a sampler or a count, too, whether or not it is kept. */
  sample(body: BodySample): void
  /** Discards the copy of the body: nothing will be made of it. */
  drop(): void
}
