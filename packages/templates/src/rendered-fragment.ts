import type { Collected } from '@sitecache/core'
import { currentMarks, decodeHoles, encodeHoles } from '@sitecache/core/internal'

/** A rendered fragment with its dependencies. */
export interface RenderedFragment {
  /** The output, escaped already. */
  readonly html: string
  /** Its own tags and those of the fragments in it. */
  readonly tags: readonly string[]
  /** End of its containers, in milliseconds since the epoch; null: never. */
  readonly expires: number | null
  /** Epoch of the cache's tag clock before the render. @default 0: it has no tags */
  readonly since?: number
  /** Changes to the template around the block, such as an assignment. @default none */
  readonly effects?: object | undefined
}

/** The output of a block that also does something to the template around it. */
export class RenderedBlock {
  /** @param effects plain data, by which the engine does the same on a hit */
  constructor(
    readonly html: unknown,
    readonly effects: object | undefined,
  ) {}
}

/** Most tags that are read from a store; a page has fewer. */
const MAX_TAGS = 10_000

/** Converts a render with the tags and end reported meanwhile. */
export function renderedFrom({ value, tags, expires }: Collected<unknown>): RenderedFragment {
  const { html, effects } = value instanceof RenderedBlock ? value : { html: value, effects: undefined }
  return { html: String(html ?? ''), tags: [...tags], expires, effects }
}

/**
 * Encodes a fragment for the cache: the text alone if that is all, so that it can be read and
 * overwritten as text. Marks of holes belong to one page: their names and places are stored.
 *
 * @returns undefined: a mark was altered, and it can't be stored
 */
export function toStored({ html, tags, expires, since = 0, effects }: RenderedFragment): unknown {
  const marks = currentMarks()
  const cut = marks === undefined ? { body: html, holes: [] } : marks.cutHoles(html)
  if (cut === undefined) return undefined
  const holes = encodeHoles(cut.holes)
  const plain = tags.length === 0 && expires === null && holes === '' && effects === undefined
  return plain ? html : { html: cut.body, tags, expires, since, holes, effects }
}

/**
 * Decodes a fragment; nothing from a store is trusted.
 *
 * @returns undefined: it is no fragment
 */
export function fromStored(value: unknown): RenderedFragment | undefined {
  if (typeof value === 'string') return { html: value, tags: [], expires: null }
  if (typeof value !== 'object' || value === null) return undefined
  const {
    html,
    tags,
    expires,
    since = 0,
    holes = '',
    effects,
  } = value as { readonly [K in keyof RenderedFragment | 'holes']?: unknown }
  if (typeof html !== 'string' || typeof holes !== 'string' || !isTags(tags)) return undefined
  if ((expires !== null && typeof expires !== 'number') || typeof since !== 'number') return undefined
  if (effects !== undefined && (typeof effects !== 'object' || effects === null)) return undefined
  const marked = holes === '' ? html : restored(html, holes)
  return marked === undefined ? undefined : { html: marked, tags, expires, since, effects }
}

/**
 * Restores the marks of holes.
 *
 * @returns undefined where no page fills holes: the render reports them anew
 */
function restored(body: string, line: string): string | undefined {
  const holes = decodeHoles(line, body.length)
  return holes && currentMarks()?.restore({ body, holes })
}

function isTags(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_TAGS && value.every((tag) => typeof tag === 'string')
}
