import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from './command-context.js'
import { check } from './commands/check.js'
import { clear } from './commands/clear.js'
import { createTable } from './commands/create-table.js'
import { get } from './commands/get.js'
import { purge } from './commands/purge.js'
import { stats } from './commands/stats.js'
import type { ExitCode } from './exit.js'
import type { SettingsOptions } from './open-caches.js'

/** Options that every command has. */
export interface CommonOptions extends SettingsOptions {
  readonly json?: boolean
}

/** Runs a command's work with the caches that its options name. */
export type Perform = (
  options: CommonOptions,
  work: (context: CommandContext) => Promise<ExitCode>,
) => Promise<void>

/** The command line. */
export function programOf(perform: Perform): Command {
  const program = new Command('sitecache')
    .description("Makes a store's table; checks, looks into, purges and clears caches.")
    .version(ownVersion())
    .addHelpText('after', helpAfter)
    .showHelpAfterError('(sitecache --help tells more)')

  common(program.command('create-table'))
    .description('make the tables of the caches that live in SQL; touches none that is there')
    .option('--dry-run', 'print the SQL and do nothing')
    .action((options) => perform(options, (context) => createTable(context, options)))

  common(program.command('check'))
    .description('connect to each cache, write, read and delete; say what is wrong')
    .action((options) => perform(options, check))

  common(program.command('stats'))
    .description("show what each cache's store holds")
    .action((options) => perform(options, stats))

  common(program.command('get'))
    .description('show the value of a key')
    .argument('<key>', 'as it was given to cache.set()')
    .option('--cache <alias>', 'the cache', 'default')
    .option('--key-version <number>', "the key's version; without it, the cache's", wholeNumber)
    .action((key, options) => perform(options, (context) => get(context, key, options)))

  common(program.command('clear'))
    .description('drop everything of a cache')
    .addOption(new Option('--cache <alias>', 'the cache').default('default').conflicts('all'))
    .option('--all', 'every cache')
    .action((options) => perform(options, (context) => clear(context, options)))

  common(program.command('purge'), '--cache-url')
    .description('drop all variants of pages, or everything that has a tag')
    .option('--url <page>', 'absolute URL of a page; may be given several times', collected)
    .option('--tag <tag>', 'a tag; may be given several times', collected)
    .option('--cache <alias>', 'the cache that keeps the pages', 'default')
    .option('--key-prefix <text>', "the middleware's option keyPrefix, if it has one")
    .addOption(new Option('--query <mode>', "the middleware's option query").choices(['exact', 'sorted']))
    .action(({ cacheUrl, ...options }) =>
      perform({ ...options, url: cacheUrl }, (context) => purge(context, options)),
    )

  return program
}

const helpAfter = `
Settings are those of --url (or --cache-url), else of --config, else of the environment variable CACHE_URL, else of
sitecache.config.js, .mjs or .ts in the working directory, which exports what createCaches() takes, by default or as
"caches".

Exit codes: 0 done; 1 a cache failed, a check did, or there is no such key; 2 the command or the settings are wrong.

Examples:
  sitecache create-table --url postgres://shop@localhost/shop --dry-run | psql shop
  sitecache check --json
  sitecache purge --url https://example.com/articles/1`

/** What every command can be told; `purge` has another use for --url. */
function common(command: Command, url = '--url'): Command {
  return command
    .option(`${url} <url>`, 'URL of the cache, such as redis://127.0.0.1:6379/1')
    .option('--config <file>', 'a file that exports what createCaches() takes')
    .option('--json', 'answer as JSON')
}

function collected(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(number)) return number
  throw new InvalidArgumentError('It must be a whole number.')
}

function ownVersion(): string {
  const about: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return String(Reflect.get(Object(about), 'version'))
}
