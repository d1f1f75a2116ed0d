export { NoRollback, type RebuildProgress, RebuildRefused } from './builder.js';
export type { ParkedCustomer } from './parking.js';
export type { PolicyFolding } from './policy-watch.js';
export { createProjector, type Projector, type ProjectorOptions, UnknownView, type ViewStatus } from './projector.js';
export type { ProjectorLogger } from './running.js';
export { createSharedProjector, type SharedProjector, type SharedProjectorOptions, type Sharing } from './shared-projector.js';
export { isShared, rebuildShared } from './shared-views.js';
export { createViewReader, ViewNotReady } from './view-reader.js';
