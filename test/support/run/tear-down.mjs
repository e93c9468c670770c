/** Ends a run of jest: its servers stop, and what its tests put down is removed. */
import { once } from 'node:events'

export default async function tearDown() {
  const { holder, TMPDIR } = globalThis.sitecacheTestRun
  const ended = once(holder, 'exit')
  holder.stdin.end()
  await ended
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
}
