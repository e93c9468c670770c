import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { connectApplications } from './applications/connect.js'

describe('pages of Express 4, Connect and node:http', () => {
  marked(connectApplications)
  inTurn(connectApplications)
})
