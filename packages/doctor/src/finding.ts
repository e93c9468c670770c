/** Hits and time that a fix would bring, as the sampled look-ups tell. */
export interface Estimate {
  /**
   * Requests in an hour that would become hits; 0: the fix saves something else; below 0: it saves
   * more than as many hits are worth.
   */
  readonly requestsPerHour: number
  /** Seconds in an hour that visitors, or the application, would be spared. */
  readonly secondsPerHour: number
}

/** Change that a finding asks for. */
export interface Fix {
  readonly text: string
  /** Lines of JavaScript that make it. */
  readonly code: string
}

/**
 * Cause of a low hit rate, and its remedy. Nothing in it is a visitor's: it names headers, cookies
 * and query parameters, and shows no value of them.
 */
export interface Finding {
  /** Name of the rule, such as `set-cookie`. */
  readonly rule: string
  readonly title: string
  /** Alias of the cache. */
  readonly cache: string
  /** Pattern of the route, such as `/articles/:id`; absent: the finding is about all of a cache. */
  readonly route?: string
  /** Numbers that show it. */
  readonly evidence: string
  readonly estimate: Estimate
  readonly fix: Fix
}
