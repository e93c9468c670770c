import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { nestApplications } from './applications/nest.js'

describe('pages of NestJS', () => {
  marked(nestApplications)
  inTurn(nestApplications)
})
