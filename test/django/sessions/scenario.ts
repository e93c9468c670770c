/** The recorded sessions of Django: see the format in the data itself. */

/** A step of a view, a decorator, or a middleware: its name and what it is given. */
export type Step = readonly [string, ...unknown[]]

export interface ViewSpec {
  readonly path: string
  readonly decorators: readonly Step[]
  readonly does: readonly Step[]
  /** Bytes that the body has at the least. */
  readonly bodySize?: number
}

export interface SiteSpec {
  readonly perSite: boolean
  readonly seconds: number
  readonly middlewareOutside: readonly Step[]
  readonly middlewareBetween: readonly Step[]
  readonly contextProcessors: readonly string[]
  readonly i18n: boolean
  readonly languages: readonly string[]
  readonly defaultLanguage: string
  readonly sessionEngine: 'cache' | 'signed_cookies'
  readonly saveEveryRequest: boolean
  readonly csrfUseSessions: boolean
  readonly messageStorage: 'session' | 'cookie'
  readonly allowedHosts: readonly string[]
  readonly useForwardedHost: boolean
}

export interface RequestSpec {
  /** The visitor. */
  readonly as: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Changes to the visitor's jar before the request; null takes a cookie out. */
  readonly cookies?: Readonly<Record<string, string | null>>
  /** Sends the token that this response showed, counted from 0. */
  readonly csrf?: number
  readonly pauseSeconds?: number
}

/** One response, as the recordings describe it. */
export interface Observation {
  readonly status: number
  readonly ran: boolean
  readonly shows: Readonly<Record<string, unknown>> | null
  readonly foreign: readonly string[]
  /** The request for which the body was made, counted from 1. */
  readonly bodyOf: number | null
  readonly empty: boolean
  readonly contentEncoding: string | null
  readonly cacheControl: Readonly<Record<string, unknown>> | null
  readonly vary: readonly string[] | null
  readonly expiresIn: number | null
  readonly etag: 'strong' | 'weak' | null
  readonly contentLanguage: string | null
  readonly setCookie: readonly string[]
  readonly deleteCookie: readonly string[]
  readonly location: string | null
  readonly asUncached: boolean | null
}

export interface Scenario {
  readonly id: string
  readonly title: string
  readonly visitors?: Readonly<Record<string, { readonly cookies?: Readonly<Record<string, string>> }>>
  readonly site: Partial<SiteSpec>
  readonly views: readonly ViewSpec[]
  readonly requests: readonly RequestSpec[]
  readonly 'django-3.2': readonly Observation[]
}

export interface Recording {
  readonly defaults: {
    readonly host: string
    readonly site: SiteSpec
    readonly views: readonly ViewSpec[]
  }
  readonly deliberateEverywhere: readonly FieldDifference[]
  readonly deliberate: readonly ScenarioDifference[]
  readonly scenarios: readonly Scenario[]
}

/** Fields that may differ on all responses of a kind. */
export interface FieldDifference {
  readonly reason: string
  readonly fields: readonly (keyof Observation)[]
  /** Only on responses to these methods. */
  readonly methods?: readonly string[]
  /** Only where the response says no lifetime that others may use; only where it says private. */
  readonly whenOther?: 'no-lifetime' | 'private'
  /** This name alone may be missing. */
  readonly without?: string
}

/**
 * Differences that some scenarios may have, or that have to happen there in place of what Django
 * does.
 */
export interface ScenarioDifference {
  readonly ids: readonly string[]
  readonly reason: string
  /** One for each request; null leaves it open. */
  readonly ran?: readonly (boolean | null)[]
  readonly status?: readonly (number | null)[]
  /** The only ones that may differ; absent: any. */
  readonly fields?: readonly (keyof Observation)[]
  /** The only requests, counted from 0, whose responses may differ; absent: any. */
  readonly requests?: readonly number[]
}

/** An application as a scenario describes it, with the defaults of all scenarios. */
export interface SessionsApp {
  readonly site: SiteSpec
  readonly views: readonly ViewSpec[]
}
