import fc from 'fast-check'
import type { RequestSpec, Scenario, Step, ViewSpec } from './scenario.js'

const visitors = ['a', 'b', 'c'] as const
const cookies = { a: { theme: 'a-dark' }, b: { theme: 'b-light' }, c: {} }
const headers = { a: { 'X-Org': 'a-org' }, b: { 'X-Org': 'b-org' }, c: {} }

/** Middlewares between the halves: some of these, in this order. */
const optional: readonly (readonly Step[])[] = [
  [['gzip']],
  [['read_cookie', 'theme']],
  [['read_session', 'fruit']],
  [['set_session', 'since', 'today']],
  [['read_user']],
  [['get_token']],
  [['read_header', 'X-Org']],
  [['pass_cookie', 'theme']],
  [['pass_header', 'X-Org']],
  [['pass_session', 'fruit']],
  [['pass_user']],
  [['session_language']],
]
const always: readonly Step[] = [['session'], ['auth'], ['csrf'], ['messages']]

const between: fc.Arbitrary<readonly Step[]> = fc
  .subarray([...optional], { maxLength: 3 })
  .map((some) => [...always, ...some.flat()])

const step: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  ['session_get', 'fruit'],
  ['session_id'],
  ['session_count', 'visits'],
  ['user'],
  ['is_authenticated'],
  ['login_required', '/login-page/'],
  ['csrf_token'],
  ['messages_show'],
  ['cookie_get', 'theme'],
  ['cookie_header', 'theme'],
  ['header_get', 'X-Org'],
  ['language'],
  ['passed'],
  ['template', 'fruit'],
  ['session_flush'],
  ['logout'],
)

const decorators = fc.constantFrom<readonly Step[]>(
  [],
  [],
  [['cache_page', 600]],
  [['vary_on_cookie']],
  [['cache_page', 600], ['vary_on_cookie']],
  [['cache_control', { max_age: 60 }]],
)

const view = (path: string): fc.Arbitrary<ViewSpec> =>
  fc.record({ path: fc.constant(path), decorators, does: fc.array(step, { maxLength: 3 }) })

const request: fc.Arbitrary<RequestSpec> = fc
  .tuple(
    fc.constantFrom(...visitors),
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('GET /page/', 'GET /page/', 'GET /other/', 'HEAD /page/') },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          'POST /set/?v=',
          'POST /login/?user=',
          'POST /message/?v=',
          'POST /logout/',
        ),
      },
    ),
  )
  .map(([as, line]) => {
    const [method = '', path = ''] = line.split(' ')
    const own = path.endsWith('=') ? `${path}${path.includes('user') ? as : `${as}-1`}` : path
    return { as, method, path: own, headers: headers[as] }
  })

const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  id: fc.constant('random'),
  title: fc.constant('random'),
  visitors: fc.constant(
    Object.fromEntries(visitors.map((name) => [name, { cookies: cookies[name] as Record<string, string> }])),
  ),
  site: fc.record({
    perSite: fc.boolean(),
    middlewareBetween: between,
    contextProcessors: fc.constantFrom([], ['session:fruit'], ['session:fruit', 'user']),
    sessionEngine: fc.constantFrom('cache' as const, 'signed_cookies' as const),
    csrfUseSessions: fc.boolean(),
    messageStorage: fc.constantFrom('session' as const, 'cookie' as const),
    saveEveryRequest: fc.boolean(),
  }),
  views: fc.tuple(view('/page/'), view('/other/')),
  requests: fc.array(request, { minLength: 4, maxLength: 14 }),
  'django-3.2': fc.constant([]),
})

/**
 * Sites, pages and visits at random, in the words of the recorded scenarios; each page is cached.
 */
export const randomScenario: fc.Arbitrary<Scenario> = anyScenario.map((scenario) =>
  scenario.site.perSite === true ? scenario : { ...scenario, views: scenario.views.map(cached) },
)

function cached(view: ViewSpec): ViewSpec {
  const others = view.decorators.filter(([name]) => name !== 'cache_page')
  return { ...view, decorators: [['cache_page', 600], ...others] }
}
