import { redact } from '@sitecache/core/internal'
import { CommanderError } from 'commander'
import { type ExitCode, exitCodeOf, exitCodes } from './exit.js'
import { openCaches } from './open-caches.js'
import { programOf } from './program.js'
import { Report } from './report.js'
import type { RunContext } from './run-context.js'

/**
 * Runs a command to its end and closes its caches; reports errors and returns the exit code.
 *
 * @param args without the names of node and the program
 */
export async function run(args: readonly string[], context: RunContext): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok
  const attempt = async (json: boolean, work: (report: Report) => Promise<ExitCode>): Promise<void> => {
    const report = new Report(context, json)
    try {
      code = await work(report)
    } catch (error) {
      code = exitCodeOf(error)
      report.failure(nameOf(error), redact(error instanceof Error ? error.message : String(error)))
    }
  }
  const program = programOf({
    withCaches: ({ json = false, ...settings }, work) =>
      attempt(json, async (report) => {
        const caches = await openCaches(settings, context)
        try {
          return await work({ caches, report })
        } finally {
          await caches.close()
        }
      }),
    withoutCaches: ({ json = false }, work) => attempt(json, (report) => work({ context, report })),
  })
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    // Commander has reported it.
    if (!(error instanceof CommanderError)) throw error
    code = exitCodeOf(error)
  }
  return code
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error'
}
