import { accessViews } from './access-views.js';
import { churnViews } from './churn-views.js';
import { customerViews } from './customer-views.js';
import { dealViews } from './deal-views.js';
import { deskViews } from './desk-views.js';
import { exportViews } from './export-views.js';
import { importViews } from './import-views.js';
import { ladderViews } from './ladder-views.js';
import { privacyViews } from './privacy-views.js';
import { recordViews } from './record-views.js';
import { retentionViews } from './retention-views.js';
import type { ViewDefinition } from './view-definition.js';

export const viewCatalogue: readonly ViewDefinition[] = [
  ...customerViews,
  ...recordViews,
  ...retentionViews,
  ...privacyViews,
  ...exportViews,
  ...dealViews,
  ...churnViews,
  ...deskViews,
  ...ladderViews,
  ...importViews,
  ...accessViews,
];
