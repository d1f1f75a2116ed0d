import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { Problem, viewNames } from '#platform';
import { relationshipStream } from '#relationship';
import { API_SERVICES, type ApiServices } from '../api-services.js';
import { keepers, overseers } from '../edge/access.js';
import { streamExists } from '../edge/stream-exists.js';
import type { ViewState } from './operator.js';

/** How the views are kept, for those who keep the system: blue-green rebuilds while everything else runs. */
@Controller('/projections')
export class ProjectionsController {
  constructor(@Inject(API_SERVICES) private readonly services: ApiServices) {}

  @Get()
  @RouteConfig({ access: { roles: overseers, allTeams: true } })
  async all(): Promise<{ readonly projections: readonly ViewState[] }> {
    return { projections: await this.services.projector.operate({ wants: 'status' }) };
  }

  @Post('/:view/rebuild')
  @HttpCode(202)
  @RouteConfig({ access: { roles: keepers } })
  rebuild(@Param('view') view: string): Promise<ViewState> {
    return this.ofView('rebuild', view);
  }

  @Post('/:view/rollback')
  @HttpCode(200)
  @RouteConfig({ access: { roles: keepers } })
  rollback(@Param('view') view: string): Promise<ViewState> {
    return this.ofView('rollback', view);
  }

  @Post('/customers/:customerId/rebuild')
  @HttpCode(200)
  @RouteConfig({ access: { roles: keepers } })
  async rebuildCustomer(@Param('customerId') customerId: string): Promise<{ readonly projections: readonly ViewState[] }> {
    const stream = relationshipStream(customerId);
    if (!(await streamExists(this.services.log, stream))) throw new Problem('not-found');
    return { projections: await this.services.projector.operate({ wants: 'rebuild-subject', stream }) };
  }

  private async ofView(wants: 'rebuild' | 'rollback', view: string): Promise<ViewState> {
    if (!viewNames.includes(view)) throw new Problem('not-found', `The views are ${viewNames.join(', ')}.`);
    const states = await this.services.projector.operate({ wants, view });
    return states.find((state) => state.view === view)!;
  }
}
