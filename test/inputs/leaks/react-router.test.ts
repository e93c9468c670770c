import { describe, jest } from '@jest/globals'
import { atOnce, inTurn, marked, whenStale } from '../support/trials.js'
import { reactRouterApplications } from './applications/frameworks.js'

// The first test builds the application, unless it was built before.
jest.setTimeout(120_000)

describe('pages of React Router in a production build', () => {
  marked(reactRouterApplications)
  inTurn(reactRouterApplications)
  atOnce(reactRouterApplications)
  whenStale(reactRouterApplications)
})
