import { describe } from '@jest/globals'
import { atOnce } from '../support/trials.js'
import { all } from './applications/all.js'

describe('visitors who ask for one cold page at the same time', () => {
  atOnce(all)
})
