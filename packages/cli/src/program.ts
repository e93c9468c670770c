import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext, SiteContext } from './command-context.js'
import { check } from './commands/check.js'
import { clear } from './commands/clear.js'
import { createTable } from './commands/create-table.js'
import { examineSite } from './commands/doctor.js'
import { explainPage } from './commands/explain.js'
import { get } from './commands/get.js'
import { purge } from './commands/purge.js'
import { stats } from './commands/stats.js'
import { warmSite } from './commands/warm.js'
import type { ExitCode } from './exit.js'
import type { SettingsOptions } from './open-caches.js'

const MAX_CLIENTS = 10_000

/** Options of every command. */
export interface CommonOptions extends SettingsOptions {
  readonly json?: boolean
}

/** Runs a command's work and reports its errors. */
export interface Runner {
  /** Runs work with the caches that the options name. */
  withCaches(options: CommonOptions, work: (context: CommandContext) => Promise<ExitCode>): Promise<void>
  /** Runs work that needs no cache. */
  withoutCaches(
    options: Pick<CommonOptions, 'json'>,
    work: (context: SiteContext) => Promise<ExitCode>,
  ): Promise<void>
}

/** Builds the command line. */
export function programOf({ withCaches, withoutCaches }: Runner): Command {
  const program = new Command('sitecache')
    .description(
      "Makes a store's table; checks, looks into, purges and clears caches; warms a site, and explains it; tells what keeps its hit rate low.",
    )
    .version(ownVersion())
    .addHelpText('after', helpAfter)
    .showHelpAfterError('(sitecache --help tells more)')

  common(program.command('create-table'))
    .description('make the tables of the caches that live in SQL; touches none that is there')
    .option('--dry-run', 'print the SQL and do nothing')
    .action((options) => withCaches(options, (context) => createTable(context, options)))

  common(program.command('check'))
    .description('connect to each cache, write, read and delete; say what is wrong')
    .action((options) => withCaches(options, check))

  common(program.command('stats'))
    .description("show what each cache's store holds")
    .action((options) => withCaches(options, stats))

  common(program.command('get'))
    .description('show the value of a key')
    .argument('<key>', 'as it was given to cache.set()')
    .option('--cache <alias>', 'the cache', 'default')
    .option('--key-version <number>', "the key's version; without it, the cache's", wholeNumber)
    .action((key, options) => withCaches(options, (context) => get(context, key, options)))

  common(program.command('clear'))
    .description('drop everything of a cache')
    .addOption(new Option('--cache <alias>', 'the cache').default('default').conflicts('all'))
    .option('--all', 'every cache')
    .action((options) => withCaches(options, (context) => clear(context, options)))

  common(program.command('purge'), '--cache-url')
    .description('drop all variants of pages, or everything that has a tag')
    .option('--url <page>', 'absolute URL of a page; may be given several times', collected)
    .option('--tag <tag>', 'a tag; may be given several times', collected)
    .option('--cache <alias>', 'the cache that keeps the pages', 'default')
    .option('--key-prefix <text>', "the middleware's option keyPrefix, if it has one")
    .addOption(new Option('--query <mode>', "the middleware's option query").choices(['exact', 'sorted']))
    .action(({ cacheUrl, ...options }) =>
      withCaches({ ...options, url: cacheUrl }, (context) => purge(context, options)),
    )

  page(program.command('explain'))
    .description('tell what becomes of a request for a page, and why it is not cached')
    .argument('<url>', 'of the page; with --app, a path does')
    .action((url, options) => withoutCaches(options, (context) => explainPage(context, url, options)))

  site(program.command('warm'))
    .description('ask a running site for its pages, so that they are stored before visitors ask')
    .action((options) => withoutCaches(options, (context) => warmSite(context, options)))

  program
    .command('doctor')
    .description('tell what keeps the hit rate low, with an estimate and a fix for each cause')
    .argument(
      '[requests...]',
      'paths, URLs, or files of those or of an access log, for --app; - is the standard input',
    )
    .option('--app <file>', 'a file that exports the application, which is tried in this process')
    .option(
      '--url <url>',
      "the doctor's address below a dashboard, such as https://example.com/cache/api/doctor",
    )
    .option('--token <token>', 'sent to --url as Authorization: Bearer')
    .option('-H, --header <line>', 'of each request; may be given several times', collected)
    .option('--max-requests <number>', 'more are refused', count, 100_000)
    .option(
      '--clients <number>',
      'clients that take turns with --app, each with a language, codings and cookies of its own',
      clients,
      12,
    )
    .option('--json', 'answer as JSON')
    .action((requests, options) =>
      withoutCaches(options, (context) => examineSite(context, requests, options)),
    )

  return program
}

const helpAfter = `
Settings are those of --url (or --cache-url), else of --config, else of the environment variable CACHE_URL, else of
sitecache.config.js, .mjs or .ts in the working directory, which exports what createCaches() takes, by default or as
"caches". warm, explain and doctor need none.

Exit codes: 0 done; 1 a cache failed, a check or a page did, or there is no such key; 2 the command or the settings are
wrong; 130 Ctrl-C ended it.

Examples:
  sitecache create-table --url postgres://shop@localhost/shop --dry-run | psql shop
  sitecache check --json
  sitecache purge --url https://example.com/articles/1
  sitecache explain https://example.com/pricing --twice
  sitecache explain /pricing --app server.js
  sitecache warm --sitemap https://example.com/sitemap.xml --header 'Accept-Language: de'
  sitecache doctor --app ./app.js access.log`

/**
 * Adds the options of `warm`. Headers are parsed by the command: an error of this parser would show
 * them.
 */
function site(command: Command): Command {
  return command
    .option('--sitemap <url>', "the site's sitemap, or its index of sitemaps; may be gzip")
    .option('--urls <file>', 'a file of URLs, one a line; # begins a comment; - is the standard input')
    .option('--base <url>', 'what paths in --urls are below')
    .option(
      '--allow-origin <origin>',
      "of a sitemap's entries, beside its own; may be given several times",
      collected,
    )
    .option('--max-urls <number>', 'more are refused', count, 100_000)
    .option('--concurrency <number>', 'requests at a time', count, 4)
    .option(
      '--header <line>',
      "of each request, such as 'Accept-Language: de'; may be given several times",
      collected,
    )
    .option('--timeout <seconds>', "the longest that a page or sitemap may take, or such as '2m'", '60')
    .option('--quiet', 'tell only what failed, or was left out of a sitemap')
    .option('--json', 'answer as JSON')
}

/** Adds the options of `explain`. */
function page(command: Command): Command {
  return command
    .option(
      '-H, --header <line>',
      "of the request, such as 'Accept-Language: de'; may be given several times",
      collected,
    )
    .option('--twice', 'ask twice: the second answer should be a hit')
    .option('--token <text>', "for the middleware's option explain, which then tells more")
    .option('--app <file>', 'a file that exports the application: it is asked in this process, and tells all')
    .option('--timeout <seconds>', 'the longest that the page may take', '30')
    .option('--json', 'answer as JSON')
}

/** Adds the options of commands about caches; in `purge`, --url is a page's. */
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

function count(text: string): number {
  const number = wholeNumber(text)
  if (number > 0) return number
  throw new InvalidArgumentError('It must be at least 1.')
}

function clients(text: string): number {
  const number = count(text)
  if (number <= MAX_CLIENTS) return number
  throw new InvalidArgumentError(`It must be at most ${MAX_CLIENTS}.`)
}

/** Returns this package's version; sources that are run as ES modules don't know where they are. */
function ownVersion(): string {
  if (typeof __dirname !== 'string') return 'development'
  const about: unknown = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'))
  return String(Reflect.get(Object(about), 'version'))
}
