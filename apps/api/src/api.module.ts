import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { commandCatalogue, relationshipStream } from '#relationship';
import { API_SERVICES, type ApiServices } from './api-services.js';
import { BulkController } from './commands/bulk.controller.js';
import { commandController } from './commands/command-routes.js';
import { DerivedIdsController } from './commands/derived-ids.controller.js';
import { ExecuteCommandHandler } from './commands/execute-command.js';
import { ImportHashKeyController } from './commands/import-hash-key.controller.js';
import { CustomerScope } from './edge/customer-scope.js';
import { CustomerFeedController } from './feeds/customer-feed.controller.js';
import { LogController } from './feeds/log.controller.js';
import { OpenFeeds } from './feeds/open-feeds.js';
import { PublishedController } from './feeds/published.controller.js';
import { ReconcileController } from './feeds/reconcile.controller.js';
import { StreamWatch } from './feeds/stream-watch.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './health/metrics.controller.js';
import { ProblemsController } from './health/problems.controller.js';
import { KeysController } from './keys/keys.controller.js';
import { PublishingKeyController } from './keys/publishing-key.controller.js';
import { AsyncApiController } from './openapi/asyncapi.controller.js';
import { DocsController } from './openapi/docs.controller.js';
import { ProjectionsController } from './projecting/projections.controller.js';
import { AskViewHandler } from './views/ask-view.js';
import { viewCatalogue } from './views/catalogue.js';
import { viewController } from './views/view-routes.js';

class ApiModule {}

/** Nest dispatches; what it dispatches to was opened before and is closed after it. */
export const apiModule = (services: ApiServices): DynamicModule => ({
  module: ApiModule,
  imports: [CqrsModule.forRoot()],
  controllers: [
    HealthController,
    MetricsController,
    ProblemsController,
    KeysController,
    ProjectionsController,
    DocsController,
    AsyncApiController,
    LogController,
    ReconcileController,
    PublishedController,
    CustomerFeedController,
    viewController(viewCatalogue),
    BulkController,
    DerivedIdsController,
    ImportHashKeyController,
    PublishingKeyController,
    commandController(commandCatalogue),
  ],
  providers: [
    { provide: API_SERVICES, useValue: services },
    { provide: OpenFeeds, useValue: new OpenFeeds(services.configuration.feedLimit, services.metrics) },
    { provide: StreamWatch, useValue: new StreamWatch(services.log, relationshipStream('')) },
    {
      provide: CustomerScope,
      useValue: new CustomerScope(services.log, services.accesses, services.curators, services.clock, services.keptErasures),
    },
    { provide: ExecuteCommandHandler, useFactory: () => new ExecuteCommandHandler(services.commands, services.metrics), inject: [] },
    { provide: AskViewHandler, useFactory: (scope: CustomerScope) => new AskViewHandler(services, scope), inject: [CustomerScope] },
  ],
});
