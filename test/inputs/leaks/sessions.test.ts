import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { sessionApplications } from './applications/sessions.js'

describe('pages made of sessions', () => {
  marked(sessionApplications)
  inTurn(sessionApplications)
})
