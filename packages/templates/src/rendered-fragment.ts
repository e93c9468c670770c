import { type Collected, currentMarks, decodeHoles, encodeHoles } from '@sitecache/core'

/** A fragment as it was rendered: what it depends on beside its text. */
export interface RenderedFragment {
  /** As the template wrote it: escaped already. */
  readonly html: string
  /** Its own and those of the fragments in it. */
  readonly tags: readonly string[]
  /** When it, or a fragment in it that says so, ends what contains it: milliseconds since the epoch; null: never. */
  readonly expires: number | null
  /** What the clock of its cache's tags showed before it was rendered. @default 0: it has no tags */
  readonly since?: number
}

/** More than any page has; a store that answers more has been tampered with. */
const MAX_TAGS = 10_000

/** What was rendered, with what was reported meanwhile. */
export function renderedFrom({ value, tags, expires }: Collected<unknown>): RenderedFragment {
  return { html: String(value ?? ''), tags: [...tags], expires }
}

/**
 * As a cache keeps it: the text alone where there is nothing else to say, so that it can be read and overwritten as one. Marks of
 * holes are those of one page: kept are their names and places. Undefined: a mark in it was changed, and it can't be kept.
 */
export function toStored({ html, tags, expires, since = 0 }: RenderedFragment): unknown {
  const marks = currentMarks()
  const pierced = marks === undefined ? { body: html, holes: [] } : marks.pierce(html)
  if (pierced === undefined) return undefined
  const holes = encodeHoles(pierced.holes)
  const plain = tags.length === 0 && expires === null && holes === ''
  return plain ? html : { html: pierced.body, tags, expires, since, holes }
}

/** What a cache answered; undefined when that is no fragment. Nothing that comes from a store is trusted. */
export function fromStored(value: unknown): RenderedFragment | undefined {
  if (typeof value === 'string') return { html: value, tags: [], expires: null }
  if (typeof value !== 'object' || value === null) return undefined
  const {
    html,
    tags,
    expires,
    since = 0,
    holes = '',
  } = value as { readonly [K in keyof RenderedFragment | 'holes']?: unknown }
  if (typeof html !== 'string' || typeof holes !== 'string' || !isTags(tags)) return undefined
  if ((expires !== null && typeof expires !== 'number') || typeof since !== 'number') return undefined
  const marked = holes === '' ? html : restored(html, holes)
  return marked === undefined ? undefined : { html: marked, tags, expires, since }
}

/** Undefined also where nothing fills holes: rendered anew, each says so. */
function restored(body: string, line: string): string | undefined {
  const holes = decodeHoles(line, body.length)
  return holes && currentMarks()?.restore({ body, holes })
}

function isTags(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_TAGS && value.every((tag) => typeof tag === 'string')
}
