import { describe } from '@jest/globals'
import { inTurn, marked } from '../support/trials.js'
import { signInApplications } from './applications/sign-in.js'

describe('pages made of who is signed in', () => {
  marked(signInApplications)
  inTurn(signInApplications)
})
