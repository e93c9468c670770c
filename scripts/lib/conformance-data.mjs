/** What docs/reference/conformance.md is made of: the suite, what its runs have left, and what was recorded of others. */
import { readBaseline } from '../../test/conformance/baseline.mjs'
import { deliberateDifferences } from '../../test/conformance/differences.mjs'
import { modes } from '../../test/conformance/modes.mjs'
import { recordedResults } from '../../test/conformance/recorded.mjs'
import { groups, installedSuite, kinds, testsOf } from '../../test/conformance/suite.mjs'

export async function conformanceData() {
  const baseline = await readBaseline()
  return {
    edition: baseline.edition,
    tests: testsOf(await groups(installedSuite)),
    kinds,
    modes,
    baseline,
    recorded: await recordedResults(installedSuite),
    differences: await deliberateDifferences(),
  }
}
