import { milliseconds, oneOf, wholeNumber } from '@sitecache/core/store'

/** Options that a URL's query string may set. */
export const queryOptions = {
  protocol: oneOf('text', 'binary'),
  maxValueBytes: wholeNumber(0),
  timeoutMs: milliseconds(2),
  failures: wholeNumber(1),
  retryMs: milliseconds(),
}
