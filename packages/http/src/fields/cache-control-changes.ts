/** Value of a directive; false removes it. */
export type DirectiveValue = boolean | number | string | readonly string[]

/**
 * Directives of Cache-Control in camelCase. Times are seconds; `private` and `noCache` also take
 * field names (RFC 9111 §5.2.2.4, §5.2.2.7).
 */
export interface CacheControlDirectives {
  readonly public?: boolean
  readonly private?: boolean | string | readonly string[]
  readonly noCache?: boolean | string | readonly string[]
  readonly noStore?: boolean
  readonly noTransform?: boolean
  readonly mustRevalidate?: boolean
  readonly proxyRevalidate?: boolean
  readonly mustUnderstand?: boolean
  readonly immutable?: boolean
  readonly maxAge?: number | false
  readonly sMaxage?: number | false
  readonly staleWhileRevalidate?: number | false
  readonly staleIfError?: number | false
}

/**
 * Extensions (RFC 9111 §5.2.3) of one word, which a type could not tell from a misspelt directive:
 * name them once.
 *
 * @example
 * declare module '@sitecache/http' {
 *   interface CacheControlExtensions { readonly community?: string }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: applications add to it by declaration merging.
export interface CacheControlExtensions {}

/** Text with each capital letter in lower case, behind a dash or underscore. */
type Divided<S extends string, Divider extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `${Divider}${Lowercase<First>}`}${Divided<Rest, Divider>}`
  : S

type Spelled<Divider extends string> = {
  readonly [K in keyof CacheControlDirectives as Divided<K, Divider>]: CacheControlDirectives[K]
}

/**
 * Directives to set, in camelCase, snake_case or HTTP's spelling. Any other name with a dash is an
 * extension (RFC 9111 §5.2.3); without one it is taken for a misspelling, unless
 * `CacheControlExtensions` names it.
 */
export interface CacheControlChanges
  extends CacheControlDirectives,
    Spelled<'-'>,
    Spelled<'_'>,
    CacheControlExtensions {
  readonly sMaxAge?: number | false
  readonly s_max_age?: number | false
  readonly [extension: `${string}-${string}`]: DirectiveValue | undefined
}
