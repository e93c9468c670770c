import { kinds } from './suite.mjs'

/** One line per cache, one column per kind of test: how many passed. */
export function table(tests, rows) {
  const names = Object.keys(kinds)
  const head = names.map((kind) => `${kinds[kind]} (${tests.filter((test) => test.kind === kind).length})`)
  const lines = rows.map(({ name, outcomes }) => [
    name,
    ...names.map((kind) => passed(tests, kind, outcomes)),
  ])
  const width = Math.max(...rows.map(({ name }) => name.length))
  return [['', ...head], ...lines]
    .map(
      ([first, ...cells]) =>
        `${first.padEnd(width)}${cells.map((cell) => String(cell).padStart(16)).join('')}`,
    )
    .join('\n')
}

function passed(tests, kind, outcomes) {
  return tests.filter((test) => test.kind === kind && outcomes[test.id] === true).length
}

/**
 * Tests that forbid reuse pass where nothing is stored: the suite therefore names the tests that each depends on, and
 * takes no pass for one without those.
 */
export function hollowPasses(tests, outcomes) {
  const byId = new Map(tests.map((test) => [test.id, test]))
  const holds = (id) => outcomes[id] === true && (byId.get(id)?.depends_on ?? []).every(holds)
  return tests.filter(({ id }) => outcomes[id] === true && !holds(id)).map(({ id }) => id)
}

/** Each test of a kind that fails in some mode: its id, name, reason, and the modes if it passes in others. */
export function failures(tests, kind, outcomes) {
  const modes = Object.keys(outcomes)
  return tests
    .filter((test) => test.kind === kind)
    .flatMap((test) => {
      const failing = modes.filter((mode) => outcomes[mode][test.id] !== true)
      if (failing.length === 0) return []
      const where = failing.length === modes.length ? '' : ` [${failing.join(', ')}]`
      return [`  ${test.id}${where}: ${plain(test.name)}\n      ${reason(outcomes[failing[0]][test.id])}`]
    })
}

/** What a test's outcome says. */
export function reason(outcome) {
  if (outcome === true) return 'passed'
  return outcome === undefined ? 'was not run' : `${outcome[0]}: ${outcome[1]}`
}

/** Names are Markdown, with links. */
function plain(name) {
  return name.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}
