import { jest } from '@jest/globals'
import { createCaches, memoryStore } from '@sitecache/express'
import { observeVisit, withoutConditions } from './observe-visit.js'
import type { Observation, Recording, Scenario } from './scenario.js'
import { type Visit, VisitedSite } from './visited-site.js'

const start = Date.parse('2026-11-24T12:00:00.000Z')

/** One request of a scenario, and its response as recorded. */
export interface SeenVisit {
  readonly visit: Visit
  readonly observation: Observation
}

/** Sends a scenario's requests to its application, and beside it to the same without any cache. */
export async function runScenario(scenario: Scenario, defaults: Recording['defaults']): Promise<SeenVisit[]> {
  let now = start
  jest.spyOn(Date, 'now').mockImplementation(() => now)
  const app = {
    site: { ...defaults.site, ...scenario.site },
    views: [...scenario.views, ...defaults.views],
  }
  const site = await VisitedSite.open(scenario, app, createCaches({ default: { store: memoryStore() } }))
  const uncached = await VisitedSite.open(scenario, app, undefined)
  const seen: SeenVisit[] = []
  for (const spec of scenario.requests) {
    now += (spec.pauseSeconds ?? 0) * 1000
    const visit = await site.visit(spec)
    const other = await uncached.visit(withoutConditions(spec))
    seen.push({ visit, observation: observeVisit(visit, other, now) })
  }
  await site.close()
  await uncached.close()
  return seen
}
