import { PAGE_REASONS } from './reasons-of-pages.js'
import { REQUEST_REASONS } from './reasons-of-requests.js'
import { RESPONSE_REASONS } from './reasons-of-responses.js'

/**
 * Every reason that stands beside a result: in `detail` of Cache-Status, in events, counts, metrics
 * and `req.cache.outcome`, with its meaning, cause and remedy.
 */
export const REASONS = { ...REQUEST_REASONS, ...RESPONSE_REASONS, ...PAGE_REASONS }

/** Reason for the result of an exchange. */
export type Reason = keyof typeof REASONS
