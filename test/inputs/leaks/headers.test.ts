import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { headerApplications } from './applications/headers.js'

describe('pages made of fields of the request, and of what middlewares made of them', () => {
  marked(headerApplications)
  inTurn(headerApplications)
})
