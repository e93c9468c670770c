import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { tokenApplications } from './applications/tokens.js'

describe('pages made of tokens, messages and nonces', () => {
  marked(tokenApplications)
  inTurn(tokenApplications)
})
