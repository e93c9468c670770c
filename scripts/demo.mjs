/**
 * The README's demo command: installs, builds and starts examples/atlas on a machine that has only Node and npm.
 * `--check` stops it once it has shown what it does; the exit code then says whether the cache answered.
 */
import { runExample } from './lib/example.mjs'

process.exitCode = await runExample('atlas', process.argv.slice(2))
