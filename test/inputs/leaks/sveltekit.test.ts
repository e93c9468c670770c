import { describe, jest } from '@jest/globals'
import { atOnce, inTurn, marked, whenStale } from '../support/trials.js'
import { svelteKitApplications } from './applications/frameworks.js'

// The first test builds the application, unless it was built before.
jest.setTimeout(120_000)

describe('pages of SvelteKit in a production build', () => {
  marked(svelteKitApplications)
  inTurn(svelteKitApplications)
  atOnce(svelteKitApplications)
  whenStale(svelteKitApplications)
})
