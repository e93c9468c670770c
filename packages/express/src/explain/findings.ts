import { FORWARDS, REASONS, type ReasonText } from '@sitecache/http'
import type { LastRender } from '../options/last-renders.js'
import type { ExplainedReason, WouldDo } from './explanation.js'

/** Reasons that are as they should be, and call for nothing. */
const fine: ReadonlySet<string> = new Set(['stale-while-revalidate', 'max-stale'])

/**
 * Returns the words that apply to what would become of a request, with their remedies: the most
 * telling first. One source: the vocabulary of `@sitecache/http`.
 */
export function findingsOf(wouldDo: WouldDo, last: LastRender | undefined): readonly ExplainedReason[] {
  const { action, reason, forward } = wouldDo
  const found: ExplainedReason[] = []
  const isServed = action === 'serve' || action === 'serve-stale'
  if (!isServed && last?.reason !== undefined && reason !== last.reason)
    found.push(reasonFinding(last.reason))
  if (reason !== undefined && !(isServed && fine.has(reason))) found.push(reasonFinding(reason))
  if (forward !== undefined && forward !== 'bypass' && forward !== 'method' && last?.reason === undefined)
    found.push(finding(forward, FORWARDS[forward]))
  return found
}

function reasonFinding(reason: keyof typeof REASONS): ExplainedReason {
  return finding(reason, REASONS[reason])
}

function finding(reason: string, { means, cause, remedy, code }: ReasonText): ExplainedReason {
  return { reason, means, cause, remedy, code }
}
