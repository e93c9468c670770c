/**
 * Publishes each package whose version the registry does not have, and tags them: `pnpm release`. The workflow runs it
 * at each push to main without changesets; after the merge of the pull request "Release" there is something to do.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publishPackages } from './lib/publish.mjs'
import { root, run } from './lib/workspace.mjs'

const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const published = await publishPackages(root, packageManager, process.env)
console.log(published.length === 0 ? 'Nothing to publish.' : `Published:\n${published.join('\n')}`)
// The workflow makes a release on GitHub of each line `New tag:` that this writes.
if (published.length > 0)
  process.exitCode = await run(process.execPath, [join(root, 'node_modules/@changesets/cli/bin.js'), 'tag'])
