/** The recorded scenarios: see the format in the data itself. */

export type Decorator = readonly [string, ...unknown[]]

export interface ResponseSpec {
  readonly status: number
  readonly body: 'counter' | 'fixed' | 'empty'
  readonly headers?: Readonly<Record<string, string>>
  readonly setCookies?: readonly string[]
  readonly streaming?: boolean
  readonly bodySize?: number
  readonly echo?: readonly ('language' | 'timezone')[]
  readonly raise?: boolean
  readonly patchVary?: readonly (readonly string[])[]
  readonly patchResponseHeaders?: number
  readonly neverCacheHeaders?: boolean
  readonly patchCacheControl?: readonly Readonly<Record<string, unknown>>[]
}

export interface ViewSpec {
  readonly path?: string
  readonly decorators: readonly Decorator[]
  readonly response?: ResponseSpec
  readonly responses?: readonly ResponseSpec[]
}

export interface SiteSpec {
  readonly perSite?: boolean
  readonly seconds?: number
  readonly keyPrefix?: string
  readonly middlewareOutside?: readonly Decorator[]
  readonly middlewareBetween?: readonly Decorator[]
  readonly outside?: readonly Decorator[]
  readonly i18n?: boolean
  readonly languages?: readonly string[]
  readonly tz?: boolean
  readonly cacheVersion?: number
  readonly cacheKeyPrefix?: string
}

export interface AppSpec {
  readonly site: SiteSpec
  readonly view?: ViewSpec
  readonly views?: readonly ViewSpec[]
}

export interface RequestSpec {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly pauseSeconds?: number
  readonly app?: string
  readonly op?: 'clear'
  readonly cache?: string
}

/** What was seen of one request. */
export interface Observation {
  readonly status: number
  readonly ran: boolean
  readonly counter: number | null
  readonly empty: boolean
  readonly echo: string | null
  readonly contentEncoding: string | null
  readonly cacheControl: Readonly<Record<string, unknown>> | null
  readonly vary: readonly string[] | null
  readonly expiresIn: number | null
  readonly age: number | null
  readonly lastModified: boolean
  readonly etag: 'strong' | 'weak' | null
  readonly contentLanguage: string | null
  readonly setCookie: readonly string[]
  readonly location: string | null
  readonly extra: Readonly<Record<string, string>>
}

export interface Scenario extends Partial<AppSpec> {
  readonly id: string
  readonly title: string
  readonly apps?: Readonly<Record<string, AppSpec>>
  readonly requests: readonly RequestSpec[]
  readonly 'django-3.2': readonly Observation[]
}

/** Where we differ from Django on purpose. */
export interface Difference {
  readonly ids: readonly string[]
  readonly reason: string
  readonly ran?: readonly (boolean | null)[]
  readonly status?: readonly (number | null)[]
  readonly counter?: readonly (number | null)[]
  readonly fields?: readonly (keyof Observation)[]
}
