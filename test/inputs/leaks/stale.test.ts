import { describe } from '@jest/globals'
import { whenStale } from '../support/trials.js'
import { all } from './applications/all.js'

describe('stale pages that are made anew behind a visitor', () => {
  whenStale(all)
})
