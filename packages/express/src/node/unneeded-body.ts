import type { Readable } from 'node:stream'

/** Longest and latest that a body which nobody needs may be. */
export interface DrainBounds {
  readonly bytes: number
  readonly milliseconds: number
}

/** How the reading of a body ended: with its end, or because it was too long or took too long. */
export type Drained = 'whole' | 'long' | 'late'

/**
 * Reads a body that nobody needs: the page is stored on its way. All that make requests for the
 * sake of a page read so. A body that is longer than a page may be is none, and may have no end:
 * its handler sees that its client has left.
 *
 * @throws the error of a connection that broke
 */
export async function drain(body: Readable, { bytes, milliseconds }: DrainBounds): Promise<Drained> {
  let length = 0
  let isLate = false
  const late = setTimeout(() => {
    isLate = true
    body.destroy()
  }, milliseconds).unref()
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length
      // Leaving the loop destroys it.
      if (length > bytes) return 'long'
    }
    return 'whole'
  } catch (error) {
    if (isLate) return 'late'
    throw error
  } finally {
    clearTimeout(late)
  }
}
