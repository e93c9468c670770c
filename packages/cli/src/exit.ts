import { SettingsError, UnknownCacheError, ValueError } from '@sitecache/core'
import { CommanderError } from 'commander'

/** Exit codes of the command. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** A cache failed, a check or a page did, or there is no such key. */
  failed: 1,
  /** The command, its settings or a configuration file are wrong: nothing was done. */
  misused: 2,
  /** Ctrl-C ended it, as a shell tells it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Returns the exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.misused
  const misuse =
    error instanceof SettingsError || error instanceof UnknownCacheError || error instanceof ValueError
  return misuse ? exitCodes.misused : exitCodes.failed
}
