import type { RequestHandler } from 'express'
import { reactRouter, svelteKit } from '../../frameworks/applications.js'
import type { Parts } from '../../support/application.js'
import type { Leaky, Person } from '../../support/leaky.js'
import { byCookie, byField } from './people.js'

function pages(
  name: string,
  load: () => Promise<RequestHandler>,
  routes: Readonly<Record<string, { a: Person; b: Person }>>,
): Leaky[] {
  return Object.entries(routes).map(([route, people]) => ({
    name: `${name}, a page by ${route}`,
    ...people,
    make: async (): Promise<Parts> => ({ page: await load(), path: `/${route}` }),
  }))
}

const languages = {
  a: { mark: 'Hello de', fields: { 'Accept-Language': 'de' } },
  b: { mark: 'Hello fr', fields: { 'Accept-Language': 'fr' } },
}
const plain = { a: { fields: { 'User-Agent': 'Firefox' } }, b: { fields: { Cookie: '_ga=GA1.1.2' } } }
const byName = { cookie: byCookie, field: byField('X-User', 'ada', 'bob'), plain }

export const svelteKitApplications = pages('SvelteKit', svelteKit, { ...byName, language: languages })

/** It copies all fields twice: Accept-Language, which the second copy is asked for, is not seen (README). */
export const reactRouterApplications = pages('React Router', reactRouter, byName)
