import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { leftApplications } from './applications/left.js'

describe('pages made of what a middleware left on the request', () => {
  marked(leftApplications)
  inTurn(leftApplications)
})
