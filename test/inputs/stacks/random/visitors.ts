import fc from 'fast-check'
import jwt from 'jsonwebtoken'
import type { Fields } from '../../support/client.js'
import { plain } from './plain.js'

export const secret = 'k'.repeat(32)
export const languages = ['en', 'de', 'fr'] as const

/** Visitor as a stack begins with them. */
export interface Traits {
  readonly name: string
  readonly language: string
  readonly tenant: string
  readonly address: string
  readonly agent: string
  readonly cookies: Readonly<Record<string, string>>
  /** Whether they send a token. */
  readonly hasToken: boolean
}

/** What a visitor is while one of their requests is answered. */
export interface Visitor extends Traits {
  /** Name under which their session is signed in. */
  readonly user: string | undefined
}

const agents = ['curl/8', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0', 'Mozilla/5.0 (iPhone) Mobile']
const names: readonly string[] = ['anna', 'bert', 'cleo', 'dora', 'emil']

const often = (arbitrary: fc.Arbitrary<boolean>, times: number) =>
  fc.oneof({ weight: times, arbitrary }, { weight: 1, arbitrary: fc.constant(false) })

/** Visitors alike share pages; others have secrets of their own in each field. */
function traits(name: string): fc.Arbitrary<Traits> {
  return fc
    .record(
      {
        language: fc.constantFrom(...languages),
        tenant: fc.constantFrom('t1', 't2', `own-${name}`),
        address: fc.constantFrom('10.0.0.9', `10.0.1.${names.indexOf(name)}`),
        agent: fc.constantFrom(...agents),
        hasTheme: often(fc.boolean(), 2),
        hasConsent: fc.boolean(),
        hasAnalytics: fc.boolean(),
        hasToken: often(fc.boolean(), 1),
      },
      plain,
    )
    .map(({ hasTheme, hasConsent, hasAnalytics, ...rest }) => ({
      name,
      ...rest,
      cookies: {
        ...(hasTheme && { theme: `theme-${name}` }),
        ...(hasConsent && { consent: 'yes' }),
        ...(hasAnalytics && { _ga: `GA1.${name}` }),
      },
    }))
}

const alike = (name: string): fc.Arbitrary<Traits> =>
  fc.boolean().map((hasTheme) => ({
    name,
    language: 'en',
    tenant: 't1',
    address: '10.0.0.9',
    agent: 'curl/8',
    cookies: hasTheme ? { theme: `theme-${name}` } : {},
    hasToken: false,
  }))

export const visitors: fc.Arbitrary<readonly Traits[]> = fc.oneof(
  fc.tuple(...names.map(alike)),
  fc.tuple(...names.map(traits)),
)

const tokens = new Map(
  names.map((name): [string, string] => [name, jwt.sign({ sub: name }, secret, { noTimestamp: true })]),
)

/** Fields that the visitor's requests have, in lower case. */
export function fieldsOf(visitor: Traits, jar: ReadonlyMap<string, string>): Fields {
  const pairs = [...Object.entries(visitor.cookies), ...jar].map(([name, value]) => `${name}=${value}`)
  return {
    host: 'site.example',
    'accept-language': visitor.language,
    'x-tenant': visitor.tenant,
    'x-forwarded-for': visitor.address,
    'user-agent': visitor.agent,
    ...(visitor.hasToken && { authorization: `Bearer ${tokens.get(visitor.name)}` }),
    ...(pairs.length > 0 && { cookie: pairs.join('; ') }),
  }
}
