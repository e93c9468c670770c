import type { Examination } from '../examine/examination.js'
import { filtered, type Steps, summed } from '../examine/steps.js'
import { findingOf, quantile, type Rule } from './rule.js'

const FEWEST = 20
/** Milliseconds: a faster store is none to do without. */
const FASTEST = 1

/** A store that takes longer than to render. */
export const slowStore: Rule = {
  name: 'slow-store',
  scope: 'route',
  title: 'A look-up takes longer than to render the page',
  when: 'the median look-up takes longer than the median render, and more than a millisecond',
  remedy: 'a nearer store (`tieredStore`), or no cache for these pages',
  *find(examined, route) {
    const { lookUps } = examined
    const looked = yield* filtered(lookUps, ({ lookupMs }) => !Number.isNaN(lookupMs))
    const rendered = yield* filtered(lookUps, ({ isRender }) => isRender)
    const look = yield* quantile(looked, ({ lookupMs }) => lookupMs)
    const render = yield* quantile(rendered, ({ renderMs }) => renderMs)
    const isKnown = looked.length >= FEWEST && rendered.length >= FEWEST / 2
    if (!isKnown || look < FASTEST || look <= render) return []
    const evidence = `The median look-up took ${look.toFixed(1)} ms, the median render ${render.toFixed(1)} ms.`
    const fix = {
      text: 'Put a store of this process in front of it, or leave these pages out.',
      code: 'createCaches({ default: { store: tieredStore(memoryStore(), redisStore(url)) } })',
    }
    const gain = { requests: 0, seconds: yield* secondsWaited(examined) }
    return [findingOf(slowStore, examined, { route, evidence, gain, fix })]
  },
}

/** Seconds of look-ups of pages that this process had seen before: a store in front has them. */
function* secondsWaited({ all, history }: Examination): Steps<number> {
  const milliseconds = yield* summed(all, ({ isServed, isOwn, lookupMs }, i) => {
    const isNear = isServed && !isOwn && history.seenAt(i) !== undefined
    return isNear ? lookupMs || 0 : 0
  })
  return milliseconds / 1000
}
