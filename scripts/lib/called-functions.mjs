import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'

/**
 * Counts the calls of functions with V8's precise coverage.
 *
 * @param isOurs whether a file (its path) counts
 * @param warmUp called first, so that caches are full and nothing is loaded during the measurement
 * @param once the work to measure; ends when nothing of it is under way any more
 * @returns `{ file, name, line, calls }` of each function called, in the order of the files
 */
export async function calledFunctions(isOurs, warmUp, once) {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    await warmUp()
    // Taking the counts sets them back to zero.
    await session.post('Profiler.takePreciseCoverage')
    await once()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    return result.flatMap((script) => callsOf(script, isOurs))
  } finally {
    session.disconnect()
  }
}

function callsOf({ url, functions }, isOurs) {
  if (!url.startsWith('file:')) return []
  const file = fileURLToPath(url)
  if (!isOurs(file)) return []
  // The first range is the function; the others are blocks within it.
  return functions
    .map(({ functionName, ranges: [range] }) => ({
      file,
      name: functionName === '' ? '(anonymous)' : functionName,
      offset: range.startOffset,
      calls: range.count,
    }))
    .filter(({ calls }) => calls > 0)
}
