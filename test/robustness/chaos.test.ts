import { describe, expect, it } from '@jest/globals'
import { runProgram } from '@sitecache/test-support/child'
import { chaosProgram } from './chaos-program.js'

interface Report {
  readonly report: readonly {
    readonly name: string
    readonly answers: Readonly<Record<string, string>>
  }[]
  readonly reached: readonly string[]
}

/** Answers that are right whatever is broken but the handler: a stale page may stand for its failure. */
const right: Readonly<Record<string, RegExp>> = {
  miss: /^200$/,
  hit: /^200$/,
  waits: /^200 200$/,
  part: /^20[06]$/,
  stale: /^200$/,
  fails: /^(?:200|503)$/,
  unsafe: /^200$/,
  afterwards: /^200$/,
}

describe('a fault at any place where the application or a store is called', () => {
  it('leaves each request one answer, and the process alive', async () => {
    const { stdout } = await runProgram(chaosProgram, { NODE_ENV: 'production' }, 120_000)
    const { report, reached }: Report = JSON.parse(stdout)
    const wrong = report.flatMap(({ name, answers }) =>
      Object.entries(right)
        .filter(([step, pattern]) => !pattern.test(answers[step] ?? ''))
        .map(([step]) => `${name}: ${step} was answered ${answers[step]}`),
    )
    expect(report.length).toBeGreaterThan(300)
    expect([...new Set(reached)]).toEqual([])
    expect(wrong).toEqual([])
  }, 130_000)
})
