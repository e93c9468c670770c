import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { viewApplications } from './applications/views.js'

describe('pages made of locals, sessions and languages by views', () => {
  marked(viewApplications)
  inTurn(viewApplications)
})
