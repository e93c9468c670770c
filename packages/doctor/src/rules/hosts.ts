import { compareBodies, isIndependent } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import { keyOf } from '../examine/keys.js'
import { distinct } from '../examine/numbered.js'
import type { LookUp } from '../sample/look-up.js'
import { findingOf, type Rule } from './rule.js'

/** One page under several hosts or schemes. */
export const hosts: Rule = {
  name: 'hosts',
  scope: 'route',
  title: 'The same pages are stored under several hosts or schemes',
  when: 'the same path brought the same body under another host or scheme',
  remedy: 'a redirect to one host, the right `trust proxy`, `hosts`',
  *find(examined, route) {
    const { lookUps } = examined
    const sites = yield* distinct(lookUps, ({ site }) => site)
    if (sites === 1) return []
    const anySite = (it: LookUp): number => keyOf(it, { anySite: true })
    if (!isIndependent(yield* compareBodies(lookUps, anySite, ({ site }) => site))) return []
    const gain = yield* gainOf(examined, { key: anySite })
    if (!isWorthIt(examined, gain)) return []
    const evidence = `Pages came under ${sites} hosts or schemes, with the same bodies.`
    const fix = {
      text: 'Send clients to one host, and see that `trust proxy` tells the scheme that they used.',
      code: "app.use((req, res, next) => (req.hostname === 'shop.example' ? next() : res.redirect(301, 'https://shop.example' + req.originalUrl)))",
    }
    return [findingOf(hosts, examined, { route, evidence, gain, fix })]
  },
}
