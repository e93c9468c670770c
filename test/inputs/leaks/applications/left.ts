import type { Response } from 'express'
import { handler, type PageRequest } from '../../support/application.js'
import type { Leaky } from '../../support/leaky.js'

type Name = string | undefined
type Put = (req: PageRequest, res: Response, name: Name) => unknown
type Show = (req: PageRequest, res: Response) => unknown

class Account {
  readonly #name: Name
  constructor(name: Name) {
    this.#name = name
  }
  get name(): Name {
    return this.#name
  }
}

const account = Symbol('account')
/** Named as Node names those of its own. */
const kAccount = Symbol('kAccount')
const of = (req: PageRequest, key: PropertyKey): unknown => Reflect.get(req, key)
const defined = (options: PropertyDescriptor): Put => {
  return (req) => Object.defineProperty(req, 'account', options)
}

/** What a middleware leaves of one header, in all forms, and a page that shows it. */
const forms: readonly (readonly [string, Put, Show])[] = [
  [
    'an instance',
    (req, _res, name) => put(req, new Account(name)),
    (req) => (of(req, 'account') as Account).name,
  ],
  ['a promise', (req, _res, name) => put(req, Promise.resolve(name)), (req) => of(req, 'account')],
  ['a function', (req, _res, name) => put(req, () => name), (req) => (of(req, 'account') as () => Name)()],
  [
    'an instance in plain data',
    (req, _res, name) => put(req, [{ of: new Account(name) }]),
    (req) => (of(req, 'account') as { of: Account }[])[0]?.of.name,
  ],
  [
    'a property that some requests have',
    (req, _res, name) => name && put(req, name),
    (req) => of(req, 'account'),
  ],
  [
    'a symbol that some requests have',
    (req, _res, name) => name && Object.assign(req, { [account]: name }),
    (req) => of(req, account),
  ],
  [
    'a symbol that is named as one of Node’s',
    (req, _res, name) => Object.assign(req, { [kAccount]: name }),
    (req) => of(req, kAccount),
  ],
  [
    'a hidden property that some requests have',
    (req, res, name) => name && defined({ value: name, configurable: true })(req, res, name),
    (req) => of(req, 'account'),
  ],
  [
    'a final property',
    (req, res, name) => defined({ value: name })(req, res, name),
    (req) => of(req, 'account'),
  ],
  [
    'a final getter of what was read before',
    (req, res, name) => defined({ get: () => name })(req, res, name),
    (req) => of(req, 'account'),
  ],
  [
    'a session of its own',
    (req, _res, name) => Object.assign(req, { session: { name } }),
    (req) => req.session.name,
  ],
  [
    'a session of its own that some requests have',
    (req, _res, name) => name && Object.assign(req, { session: { name } }),
    (req) => ('session' in req ? req.session.name : undefined),
  ],
  [
    'an instance in locals',
    (_req, res, name) => {
      res.locals.account = new Account(name)
    },
    (_req, res) => res.locals.account.name,
  ],
  [
    'locals that inherit',
    (_req, res, name) => {
      res.locals = Object.create({ name })
    },
    (_req, res) => res.locals.name,
  ],
]

function put(req: PageRequest, value: unknown): void {
  Object.assign(req, { account: value })
}

/** By a header that browsers don't send, and by one that they do: the second is left out of copies of all headers. */
export const leftApplications: readonly Leaky[] = ['X-Account', 'Accept-Language'].flatMap((field) =>
  forms.map(
    ([name, prepare, show]): Leaky => ({
      name: `${name}, made of ${field}`,
      a: { mark: 'ada', fields: { [field]: 'ada' } },
      b: { mark: 'bob', fields: { [field]: 'bob' } },
      hits: ['between', 'cachePage'],
      make: () => ({
        middlewares: [
          handler((req, res, next) => {
            prepare(req, res, req.get(field.toLowerCase()))
            next()
          }),
        ],
        page: handler(async (req, res) => res.send(`account ${await show(req, res)}`)),
      }),
    }),
  ),
)
