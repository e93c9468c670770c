import { compareBodies } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import { filtered, type Steps } from '../examine/steps.js'
import type { Fix } from '../finding.js'
import type { LookUp } from '../sample/look-up.js'
import { OTHER } from '../sample/names.js'
import { countsOf, findingOf, percent, type Rule } from './rule.js'

const MOST = 0.2

/** Set-Cookie keeps a route's pages from being stored. */
export const setCookie: Rule = {
  name: 'set-cookie',
  scope: 'route',
  title: 'Set-Cookie keeps the pages of a route from being stored',
  when: 'more than 20 % of the responses of a route set a cookie',
  remedy: "`saveUninitialized: false`, `setCookie: 'strip'`, or a hole",
  *find(examined, route) {
    const { lookUps } = examined
    const responses = yield* filtered(lookUps, ({ isRender }) => isRender)
    const kept = yield* filtered(responses, isKeptOff)
    if (kept.length <= responses.length * MOST) return []
    const gain = yield* gainOf(examined, {
      stores: (it) => it.result === 'miss' || it.isServed || isKeptOff(it),
    })
    if (!isWorthIt(examined, gain)) return []
    const names = yield* cookieNames(kept)
    const evidence = `${percent(kept.length, responses.length)} of ${responses.length} responses set ${names.join(', ')}.`
    return [findingOf(setCookie, examined, { route, evidence, gain, fix: yield* fixFor(kept, names) })]
  },
}

function isKeptOff({ reason, isOwn }: LookUp): boolean {
  return reason === 'set-cookie' && !isOwn
}

function* cookieNames(lookUps: readonly LookUp[]): Steps<string[]> {
  const names = yield* countsOf(lookUps, ({ setCookies }) => setCookies.map(({ name }) => name))
  const known = names.map(([name]) => name).filter((name) => name !== OTHER)
  return known.length === 0 ? ['cookies'] : known.slice(0, 3).map((name) => `the cookie ${name}`)
}

const session = /sid|sess/i

/** A page with a visitor's own parts must not be shared by all. */
function* fixFor(kept: readonly LookUp[], names: readonly string[]): Steps<Fix> {
  const { different } = yield* compareBodies(
    kept,
    ({ key }) => key,
    ({ visitor }) => visitor,
  )
  if (names.some((name) => session.test(name)))
    return {
      text: 'Begin a session when there is something to keep in it, not for each new visitor.',
      code: 'session({ secret, resave: false, saveUninitialized: false })',
    }
  if (different > 0)
    return {
      text: "Each response has a body of its own: put the part that is the visitor's into a hole, and set the cookie in a response that isn't cached.",
      code: "const form = hole('form', (req) => formOf(req))\nres.send('<main>' + form + '</main>')",
    }
  return {
    text: 'Set the cookie in a response that is not cached, or store the page without it.',
    code: "siteCache({ setCookie: 'strip' })",
  }
}
