import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { serverApplications } from './applications/servers.js'

describe('pages made by servers of their own', () => {
  marked(serverApplications)
  inTurn(serverApplications)
})
