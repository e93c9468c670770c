/** Rendering of docs/reference/conformance.md from what the runs of the public HTTP cache tests have left. */

const intro = ({ edition }) => `<!-- Written by scripts/conformance-page.mjs: don't edit. -->

# HTTP conformance

The public [HTTP cache tests](https://cache-tests.fyi/), edition ${edition}, run against Express with \`policy: 'rfc9111'\` as part of \`npm test\`, in several ways of placing the cache and of writing
a response. What passes is kept as a list (\`test/conformance/fixtures/baseline.json\`); a test on it that fails fails the run. This page is made of that list.

_Required_ and _optional_ tests are what RFC 9111 demands and recommends. A _check_ asks how a cache behaves where both ways are right, so its count is no score.
`

/**
 * Returns the text of the page.
 *
 * @param {object} data
 * @param {string} data.edition
 * @param {{ id: string, name: string, kind: string }[]} data.tests
 * @param {Record<string, string>} data.kinds names of kinds, by those of the suite
 * @param {Record<string, { about: string }>} data.modes
 * @param {{ everywhere: string[], only: Record<string, string[]> }} data.baseline
 * @param {{ name: string, version: string, outcomes: Record<string, unknown> }[]} data.recorded
 * @param {{ reason: string, tests: string[] }[]} data.differences
 */
export function conformancePage(data) {
  return [intro(data), counts(data), onPurpose(data), others(data), modesOf(data)].join('\n')
}

const markdown = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

/** @returns whether a test passes in a mode, as the list says */
const passesIn =
  ({ everywhere, only }, mode) =>
  ({ id }) =>
    everywhere.includes(id) || (only[id] ?? []).includes(mode)

function counts(data) {
  const { tests, kinds, modes, baseline, recorded } = data

  const names = Object.keys(kinds)
  const of = (kind) => tests.filter((test) => test.kind === kind)
  const row = (name, passes) => [name, ...names.map((kind) => of(kind).filter(passes).length)]
  const allModes = row('**sitecache, all ways**', ({ id }) => baseline.everywhere.includes(id))
  const ours = Object.keys(modes).map((mode) => row(`sitecache, ${mode}`, passesIn(baseline, mode)))
  const theirs = recorded.map(({ name, version, outcomes }) =>
    row(`${name} ${version}`, ({ id }) => outcomes[id] === true),
  )
  const head = ['', ...names.map((kind) => `${kinds[kind]} (${of(kind).length})`)]
  return `## Tests passed

${markdown(head, [allModes, ...ours, ...theirs])}

${summaryOf(data)}

The results of the other caches came with the suite. They are of the versions named, older than today's, and lack tests that came later.
`
}

/** How many of those that fail do so on purpose. */
function summaryOf({ tests, kinds, baseline, differences }) {
  const intended = new Set(differences.flatMap((difference) => difference.tests))
  const parts = ['required', 'optimal'].map((kind) => {
    const failing = tests.filter((test) => test.kind === kind && !baseline.everywhere.includes(test.id))
    const meant = failing.filter(({ id }) => intended.has(id)).length
    return `of ${failing.length} ${kinds[kind]} tests that fail, ${meant} do so on purpose`
  })
  return `**${parts.join('; ').replace(/^o/, 'O')}.** Each has its reason below.`
}

function onPurpose({ tests, differences }) {
  const byId = new Map(tests.map((test) => [test.id, test]))
  const parts = differences.map(({ reason, tests: ids }) => {
    const list = ids.map((id) => line(byId.get(id) ?? { id, name: id, kind: 'check' }))
    return `### ${headingOf(reason)}\n\n${reason}\n\n${list.join('\n')}\n`
  })
  return `## Failed on purpose

A test here fails because what it asks for is not what we take to be right. The run also fails when one of them passes.

${parts.join('\n')}`
}

/** First words of a reason, up to its first stop. */
const headingOf = (reason) => {
  const [first = reason] = reason.split(/[:.,;](?: |$)/)
  return first
}

function others({ tests, kinds, baseline, differences }) {
  const intended = new Set(differences.flatMap((difference) => difference.tests))
  const failing = (kind) =>
    tests.filter(
      ({ id, kind: own }) => own === kind && !intended.has(id) && !baseline.everywhere.includes(id),
    )
  const part = (kind) => {
    const list = failing(kind).map((test) => {
      const passing = baseline.only[test.id]
      return passing === undefined ? line(test) : `${line(test)}; passes in: ${passing.join(', ')}`
    })
    return list.length === 0 ? `No ${kinds[kind]} test.` : list.join('\n')
  }
  return `## Failed otherwise

### Required

${part('required')}

### Optional

${part('optimal')}

### Checks answered by no

${part('check')}
`
}

function modesOf({ modes }) {
  const rows = Object.entries(modes).map(([name, { about }]) => `- \`${name}\`: ${about}`)
  return `## Ways of running\n\n${rows.join('\n')}\n`
}

/** Names are Markdown, with links into the suite's documents. */
const line = ({ id, name, kind }) =>
  `- \`${id}\` (${kind === 'optimal' ? 'optional' : kind}): ${name
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('<', '&lt;')
    .trim()}`
