import type { WarmProgress, WarmResult } from '@sitecache/express'
import { wordFor } from './progress.js'

/** Pages that were not stored, with reasons. */
export class Unwarmed {
  readonly #pages: WarmProgress[] = []

  tell(progress: WarmProgress): void {
    if (progress.outcome === 'not-stored' || progress.outcome === 'failed') this.#pages.push(progress)
  }

  /** Returns every page, as data. */
  of(outcome: 'not-stored' | 'failed'): { url: string; status?: number; reason: string }[] {
    return this.#pages
      .filter((page) => page.outcome === outcome)
      .map(({ url, status, reason = 'unknown' }) => ({
        url,
        ...(status === undefined ? {} : { status }),
        reason,
      }))
  }

  /** Formats the pages by reason, the most frequent first. */
  lines(outcome: 'not-stored' | 'failed'): string[] {
    const byReason = new Map<string, string[]>()
    for (const { url, reason } of this.of(outcome)) {
      const urls = byReason.get(reason) ?? []
      urls.push(url)
      byReason.set(reason, urls)
    }
    const groups = [...byReason].sort(([, a], [, b]) => b.length - a.length)
    return groups.flatMap(([reason, urls]) => [
      `${wordFor[outcome]}, ${reason}: ${urls.length}`,
      ...urls.slice(0, SHOWN).map((url) => `  ${url}`),
      ...(urls.length > SHOWN ? [`  … and ${urls.length - SHOWN} more; --json lists all`] : []),
    ])
  }
}

const SHOWN = 5

/** Formats the totals in a line. */
export function totalsLine(result: WarmResult, seconds: number): string {
  const counts = (['stored', 'hit', 'not-stored', 'failed'] as const).map(
    (outcome) => `${result[outcome]} ${wordFor[outcome]}`,
  )
  return `${counted(result.total, 'page')} in ${seconds.toFixed(1)} s: ${counts.join(', ')}`
}

/** Formats a number with its noun. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
