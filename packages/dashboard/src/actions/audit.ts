import type { IncomingMessage } from 'node:http'
import { isPromise, warn } from '@sitecache/core/internal'

/** An action on the dashboard, for the application's records. */
export interface AuditEntry<Q = IncomingMessage> {
  readonly action: 'purge' | 'refresh' | 'check'
  /** Alias of the cache. */
  readonly cache: string
  /** Kind of what was named; undefined: a check of a store. */
  readonly by?: 'url' | 'tag' | 'route' | undefined
  /** URL, tag or route as it was written. */
  readonly target?: string | undefined
  readonly soft?: boolean | undefined
  /** `refused`: read-only, without the token of its session, or from another site. */
  readonly outcome: 'done' | 'failed' | 'refused'
  /** Reason why it failed or was refused. */
  readonly reason?: string | undefined
  readonly at: Date
  /** The request, which tells the person. */
  readonly req: Q
}

/** Callback that keeps records of actions. */
export type Audit<Q = IncomingMessage> = (entry: AuditEntry<Q>) => unknown

/** Records an action; a callback that throws or rejects makes a warning. */
export function record(audit: Audit | undefined, entry: AuditEntry): void {
  if (audit === undefined) return
  const failed = (error: unknown): void =>
    warn(
      'SITECACHE_AUDIT',
      `dashboard.audit failed: ${error instanceof Error ? error.message : String(error)}`,
    )
  try {
    const returned = audit(entry)
    if (isPromise(returned)) Promise.resolve(returned).catch(failed)
  } catch (error) {
    failed(error)
  }
}
