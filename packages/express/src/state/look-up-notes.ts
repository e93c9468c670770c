import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodySample, CacheSampler, LookUpWatcher, Meter } from '@sitecache/core/internal'
import {
  type ExchangeEvent,
  fieldValue,
  type HeaderMap,
  type InputMatching,
  type InputSource,
  type LayerFacts,
  type LookUpDetails,
  mergeInputs,
  type Page,
} from '@sitecache/http'
import { ownRead } from '../node/own-reads.js'

/** Place of a page, as far as a sampler is told of it. */
interface SampledLocation {
  readonly origin: { readonly scheme: string; readonly host: string }
  readonly url: string
  readonly recordKey: string
  readonly extraKey: string
  readonly source: InputSource
  readonly matching: InputMatching
}

/**
 * Facts about one look-up, gathered on its way for the sampler of the cache, and for the counts of
 * its look-ups. Made only where there is one of them.
 */
export class LookUpNotes {
  /** Another process has stored this page since the look-up. */
  isRepeated = false
  readonly #sampler: CacheSampler | undefined
  readonly #watcher: LookUpWatcher | undefined
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #layer: LayerFacts
  readonly #at = Date.now()
  #location: SampledLocation | undefined
  #inputs: readonly string[] = []
  #written: HeaderMap | undefined
  #page: Page | undefined
  #body: BodySample | undefined

  constructor(
    { sampler, lookUps }: Pick<Meter, 'sampler' | 'lookUps'>,
    req: IncomingMessage,
    res: ServerResponse,
    layer: LayerFacts,
  ) {
    this.#sampler = sampler
    this.#watcher = lookUps
    this.#req = req
    this.#res = res
    this.#layer = layer
  }

  located(location: SampledLocation): void {
    this.#location = location
  }

  lookedUp(names: readonly string[] | undefined): void {
    if (names !== undefined) this.#inputs = names
  }

  /** Whether there is a sampler. */
  get isSampled(): boolean {
    return this.#sampler !== undefined
  }

  /** Returns where the handler's body is to be shown, too. @returns undefined: nowhere */
  body(): BodySample | undefined {
    this.#body ??= this.#sampler?.body()
    return this.#body
  }

  headed(inputs: readonly string[], headers: HeaderMap): void {
    this.#inputs = mergeInputs(this.#inputs, inputs)
    this.#written = { ...headers }
  }

  stored(page: Page | undefined): void {
    this.#page = page
  }

  /**
   * Tells the sampler, and has it counted. Of a request that nothing was looked up for there is
   * nothing to tell.
   */
  ended(event: ExchangeEvent, served: Page | undefined): void {
    if (this.#location === undefined) return
    const { origin, url, recordKey, extraKey, source, matching } = this.#location
    const details = {
      event,
      at: this.#at,
      method: this.#req.method ?? 'GET',
      scheme: origin.scheme,
      host: origin.host,
      url,
      recordKey,
      extraKey,
      source,
      matching,
      inputs: this.#inputs,
      layer: this.#layer,
      address: ownRead(() => this.#req.socket?.remoteAddress),
      written: this.#written,
      sentCoding: sentCoding(this.#res),
      page: served ?? this.#page,
      isRepeated: this.isRepeated,
      body: this.#body,
    } satisfies LookUpDetails
    this.#sampler?.take(details)
    this.#watcher?.take(details)
  }
}

/** `getHeaders` does not show what a head has that was written as a list. */
function sentCoding(res: ServerResponse): string | undefined {
  const head: unknown = Reflect.get(res, '_header')
  if (typeof head !== 'string') return fieldValue(res.getHeaders(), 'content-encoding')
  return /^content-encoding: *([^\r\n]*)/im.exec(head)?.[1]
}
