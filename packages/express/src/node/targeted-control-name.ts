/** Targeted field (RFC 9213) for sitecache alone, in lower case. It is never sent on. */
export const TARGETED_FIELD = 'sitecache-cache-control'
