import type { Collected } from '@sitecache/core'

/** A fragment as it was rendered: what it depends on beside its text. */
export interface Rendered {
  /** As the template wrote it: escaped already. */
  readonly html: string
  /** Its own and those of the fragments in it. */
  readonly tags: readonly string[]
  /** When it, or a fragment in it that says so, ends what contains it: milliseconds since the epoch; null: never. */
  readonly expires: number | null
}

/** More than any page has; a store that answers more has been tampered with. */
const MAX_TAGS = 10_000

/** What was rendered, with what was reported meanwhile. */
export function renderedFrom({ value, tags, expires }: Collected<unknown>): Rendered {
  return { html: String(value ?? ''), tags: [...tags], expires }
}

/** As a cache keeps it: the text alone where there is nothing else to say, so that it can be read and overwritten as one. */
export function toStored({ html, tags, expires }: Rendered): unknown {
  return tags.length === 0 && expires === null ? html : { html, tags, expires }
}

/** What a cache answered; undefined when that is no fragment. Nothing that comes from a store is trusted. */
export function fromStored(value: unknown): Rendered | undefined {
  if (typeof value === 'string') return { html: value, tags: [], expires: null }
  if (typeof value !== 'object' || value === null) return undefined
  const { html, tags, expires } = value as { html?: unknown; tags?: unknown; expires?: unknown }
  if (typeof html !== 'string' || !isTags(tags)) return undefined
  if (expires !== null && typeof expires !== 'number') return undefined
  return { html, tags, expires }
}

function isTags(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_TAGS && value.every((tag) => typeof tag === 'string')
}
