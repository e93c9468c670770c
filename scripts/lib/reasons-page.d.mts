import type { FORWARDS, REASONS, RESULTS, reasonLines } from '@sitecache/http'

/** Returns the text of docs/reference/reasons.md. */
export function reasonsPage(vocabulary: {
  readonly RESULTS: typeof RESULTS
  readonly FORWARDS: typeof FORWARDS
  readonly REASONS: typeof REASONS
  readonly reasonLines: typeof reasonLines
}): string
