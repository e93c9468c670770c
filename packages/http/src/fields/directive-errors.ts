/** A directive of Cache-Control that does not exist, or whose value is of no kind that it takes. */
export class DirectiveError extends TypeError {
  readonly code = 'ERR_SITECACHE_DIRECTIVE'
}

/** A number of seconds that a directive of Cache-Control can't have. */
export class DirectiveRangeError extends RangeError {
  readonly code = 'ERR_SITECACHE_DIRECTIVE'
}
