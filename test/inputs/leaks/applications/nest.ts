import 'reflect-metadata'
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  Module,
  Req,
  UseGuards,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import type { PageRequest, Parts } from '../../support/application.js'
import type { Leaky } from '../../support/leaky.js'
import { byCookie, byField, greeting, nameIn } from './people.js'

type Show = (input: never) => string
type Guard = new () => CanActivate

/** Application of NestJS with one page; the decorators are called as compiled TypeScript calls them. */
async function nest(show: Show, parameter: ParameterDecorator, guard?: Guard): Promise<Parts> {
  class Pages {
    page(input: never): string {
      return show(input)
    }
  }
  const method = Object.getOwnPropertyDescriptor(Pages.prototype, 'page') ?? {}
  parameter(Pages.prototype, 'page', 0)
  Get('page')(Pages.prototype, 'page', method)
  if (guard !== undefined) UseGuards(guard)(Pages.prototype, 'page', method)
  Controller()(Pages)
  class Root {}
  Module({ controllers: [Pages] })(Root)
  const app = await NestFactory.create<NestExpressApplication>(Root, { logger: false })
  await app.init()
  return { page: app.getHttpAdapter().getInstance(), mounted: true, close: () => app.close() }
}

const requestOf = (context: ExecutionContext): PageRequest => context.switchToHttp().getRequest()

class KeyGuard {
  canActivate(context: ExecutionContext): boolean {
    return requestOf(context).headers['x-key'] === 'open'
  }
}

class UserGuard {
  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context)
    const name = nameIn(request.headers.cookie)
    if (name !== undefined) request.user = { name }
    return true
  }
}

class TokenGuard {
  canActivate(context: ExecutionContext): boolean {
    return requestOf(context).headers.authorization === 'Bearer open'
  }
}

const guarded = (field: string, open: string, guard: Guard): Omit<Leaky, 'name'> => ({
  a: { mark: 'secret', fields: { [field]: open } },
  b: { fields: { [field]: 'shut' } },
  hits: [],
  make: () => nest(() => 'secret', Req(), guard),
})

export const nestApplications: readonly Leaky[] = [
  { name: 'NestJS, a guard with a field of its own', ...guarded('X-Key', 'open', KeyGuard) },
  { name: 'NestJS, a guard with a token', ...guarded('Authorization', 'Bearer open', TokenGuard) },
  {
    name: 'NestJS, a guard that puts the user on the request',
    ...byCookie,
    make: () => nest((request: PageRequest) => greeting(request.user?.name), Req(), UserGuard),
  },
  {
    name: 'NestJS, @Headers(“cookie”)',
    ...byCookie,
    make: () => nest((cookie: string | undefined) => greeting(nameIn(cookie)), Headers('cookie')),
  },
  {
    name: 'NestJS, @Headers() of all',
    ...byField('X-User', 'ada', 'bob'),
    make: () => nest((headers: Record<string, string>) => greeting(headers['x-user']), Headers()),
  },
]
