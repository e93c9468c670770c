/**
 * Starts examples/cluster on a machine that has only Node, npm and apt (or Redis already): four processes on a Redis Cluster of its own.
 * `--check` kills a Redis master under load, and stops; the exit code then says whether a request was lost.
 */
import { runExample } from './lib/example.mjs'
import { ensureSystemPackages, howToInstall } from './lib/system-packages.mjs'

const absent = await ensureSystemPackages([{ command: 'redis-server', apt: 'redis-server' }])
if (absent.length > 0) console.error(`Install ${absent.join(' ')} first: ${howToInstall(absent)}`)
process.exitCode = absent.length === 0 ? await runExample('cluster', process.argv.slice(2)) : 1
