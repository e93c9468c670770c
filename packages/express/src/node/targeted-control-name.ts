/** The targeted field (RFC 9213) by which a page speaks to sitecache alone; in lower case. It is never sent on. */
export const TARGETED_FIELD = 'sitecache-cache-control'
