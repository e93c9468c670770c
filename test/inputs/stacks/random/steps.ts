import fc from 'fast-check'
import type { Fields } from '../../support/client.js'
import { plain } from './plain.js'
import { pageCount } from './stack.js'

/** Some come more often, so that they are given again what they had. */
const visitor = fc.oneof(fc.nat(1), fc.nat(4))
const page = fc.nat(pageCount - 1)
const query = fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 'a', 'b')
const fields = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Fields>({}) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Fields[]>(
      { 'if-none-match': '"20"' },
      { 'accept-encoding': 'gzip' },
      { 'accept-encoding': 'gzip;q=0, identity' },
      { 'cache-control': 'no-cache' },
      { 'cache-control': 'max-stale=100' },
      { 'cache-control': 'only-if-cached' },
      { 'cache-control': 'max-age=0' },
    ),
  },
)
const get = fc.record({ does: fc.constant('get' as const), visitor, page, query, fields }, plain)

const others = fc.oneof(
  fc.record({ does: fc.constant('login' as const), visitor }, plain),
  fc.record({ does: fc.constant('login' as const), visitor }, plain),
  fc.record({ does: fc.constant('logout' as const), visitor }, plain),
  fc.record({ does: fc.constant('flash' as const), visitor }, plain),
  fc.record({ does: fc.constant('head' as const), visitor, page }, plain),
  fc.record(
    {
      does: fc.constant('crowd' as const),
      visitors: fc.uniqueArray(visitor, { minLength: 2, maxLength: 3 }),
      page,
      query,
      fields,
    },
    plain,
  ),
  fc.record(
    {
      does: fc.constant('later' as const),
      seconds: fc.constantFrom(1, 1, 6, 6, 70, 400, 2000),
    },
    plain,
  ),
  fc.record(
    {
      does: fc.constant('purge' as const),
      page,
      how: fc.constantFrom('page', 'tag', 'clear'),
      meanwhile: fc.option(visitor, { nil: undefined }),
    },
    plain,
  ),
  fc.record({ does: fc.constant('fail' as const), renders: fc.integer({ min: 1, max: 3 }) }, plain),
  fc.record({ does: fc.constant('hang up' as const), visitor, page, milliseconds: fc.nat(3) }, plain),
)

const step = fc.oneof({ weight: 4, arbitrary: get }, { weight: 2, arbitrary: others })
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** As many small lists as long ones would be asked for by fast-check's bias; small ones have no hits. */
export const steps = fc.noBias(fc.array(step, { minLength: 1, maxLength: 50, size: 'max' }))
