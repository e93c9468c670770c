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
  rate: { type: 'string', default: '500' },
  idle: { type: 'string', default: '75' },
  mebibytes: { type: 'string', default: '4096' },
  quick: { type: 'boolean', default: false },
  busy: { type: 'boolean', default: false },
  tables: { type: 'string' },
  json: { type: 'string' },
  assert: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
})

const defaults = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]))
const withoutDefaults = Object.fromEntries(
  Object.entries(options).map(([name, { type }]) => [name, { type }]),
)

/** `--quick`: five minutes, for the rows that a change of the code shows in. */
const quickly = { rounds: '3', seconds: '1', urls: '20000', idle: '10', mebibytes: '256' }

export const usage = `pnpm bench [options]
  --rounds 5          measurements of each contestant; the table shows medians
  --seconds 3         length of one measurement
  --connections 32    kept alive by the load generator
  --urls 200000       distinct URLs of the flood
  --pages 20          cold pages of the stampede
  --crowd 200         requests for each of them at once
  --only a,b          these contestants, and their baselines
  --tagged 100000     pages of the tag that is purged
  --rate 500          requests a second of the scenario rate
  --idle 75           seconds without requests of the scenario idle
  --mebibytes 4096    size of the store of the scenario pause
  --scenario hit,seen,miss,rate,idle,store,scale,stampede,tags,purge,pause,flood
  --quick             five minutes: fewer rows and rounds, smaller loads
  --busy              with a program beside it that never stops, on the load generator's core
  --json file         the results, every round of them
  --tables file       prints the tables of such a file, and measures nothing
  --assert            end with 1 when a target is missed or could not be measured`

/**
 * @param {readonly string[]} argv
 * @throws {Error} for unknown options and numbers that are none
 */
export function readArgs(argv) {
  // pnpm passes the `--` that a user may put in front of the options.
  const { values: given } = parseArgs({ args: argv.filter((arg) => arg !== '--'), options: withoutDefaults })
  const values = { ...defaults, ...(given.quick && quickly), ...given }
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
    rate: wholeNumber('rate', values.rate),
    idle: wholeNumber('idle', values.idle),
    mebibytes: wholeNumber('mebibytes', values.mebibytes),
    quick: values.quick,
    busy: values.busy,
    tables: values.tables,
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
