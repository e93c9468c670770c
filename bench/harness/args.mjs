import { parseArgs } from 'node:util'

const options = /** @type {const} */ ({
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '3' },
  connections: { type: 'string', default: '32' },
  urls: { type: 'string', default: '200000' },
  pages: { type: 'string', default: '20' },
  crowd: { type: 'string', default: '200' },
  tagged: { type: 'string', default: '100000' },
  only: { type: 'string', default: '' },
  scenario: { type: 'string', default: '' },
  json: { type: 'string' },
  assert: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
})

export const usage = `pnpm bench [options]
  --rounds 5          measurements of each contestant; the table shows medians
  --seconds 3         length of one measurement
  --connections 32    kept alive by the load generator
  --urls 200000       distinct URLs of the flood
  --pages 20          cold pages of the stampede
  --crowd 200         requests for each of them at once
  --only a,b          these contestants, and their baselines
  --tagged 100000     pages of the tag that is purged
  --scenario hit,miss,store,stampede,tags,purge,flood
  --json file         every round, for a closer look
  --assert            end with 1 when a target is missed or could not be measured`

/**
 * @param {readonly string[]} argv
 * @throws {Error} for unknown options and numbers that are none
 */
export function readArgs(argv) {
  // pnpm passes the `--` that a user may put in front of the options.
  const { values } = parseArgs({ args: argv.filter((arg) => arg !== '--'), options })
  return {
    rounds: wholeNumber('rounds', values.rounds),
    seconds: wholeNumber('seconds', values.seconds),
    connections: wholeNumber('connections', values.connections),
    urls: wholeNumber('urls', values.urls),
    pages: wholeNumber('pages', values.pages),
    crowd: wholeNumber('crowd', values.crowd),
    tagged: wholeNumber('tagged', values.tagged),
    only: list(values.only),
    scenarios: list(values.scenario),
    json: values.json,
    assert: values.assert,
    help: values.help,
  }
}

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`--${name} must be a whole number above 0; got '${text}'`)
}

/** @param {string} text */
function list(text) {
  return text.split(',').filter((name) => name !== '')
}
