import type { WarmProgress } from '@sitecache/express'
import { SingleBar } from 'cli-progress'
import type { RunContext } from '../run-context.js'

/** Shows the progress on the standard error. */
export interface ProgressView {
  tell(progress: WarmProgress): void
  end(): void
}

/** Shows a bar on a terminal; elsewhere a line per tenth, without escape codes. */
export function progressView({ terminal, stderr }: RunContext, total: number): ProgressView {
  return terminal === undefined ? lines(stderr, total) : bar(terminal, total)
}

/** Shows nothing. */
export const silent: ProgressView = { tell() {}, end() {} }

function bar(stream: NodeJS.WritableStream, total: number): ProgressView {
  const format = '{bar} {percentage}% {value}/{total}  {counts}'
  // Leaves the terminal's modes alone, so that a killed process needs no clean-up.
  const view = new SingleBar({
    stream,
    format,
    hideCursor: null,
    linewrap: true,
    barsize: 20,
    clearOnComplete: true,
  })
  const counts = counter()
  view.start(total, 0, { counts: '' })
  return {
    tell: (progress) => view.update(progress.done, { counts: counts(progress) }),
    end: () => view.stop(),
  }
}

function lines(write: (text: string) => void, total: number): ProgressView {
  const counts = counter()
  const step = Math.max(1, Math.ceil(total / 10))
  return {
    tell(progress) {
      const told = counts(progress)
      if (progress.done % step === 0 || progress.done === total) write(`${progress.done}/${total}  ${told}\n`)
    },
    end() {},
  }
}

function counter(): (progress: WarmProgress) => string {
  const counts = new Map<WarmProgress['outcome'], number>()
  return ({ outcome }) => {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    return [...counts].map(([name, count]) => `${count} ${wordFor[name]}`).join(', ')
  }
}

/** Words for outcomes. */
export const wordFor: Readonly<Record<WarmProgress['outcome'], string>> = {
  stored: 'stored',
  hit: 'there already',
  'not-stored': 'not stored',
  failed: 'failed',
}
