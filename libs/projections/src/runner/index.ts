export type { RebuildProgress } from './build-progress.js';
export type { FilledShares, Filling, FillingTeam } from './fill.js';
export { fillInTeam } from './fill-in-team.js';
export type { ParkedCustomer } from './parking.js';
export type { PolicyFolding } from './policy-watch.js';
export { createProjector, MOST_NAMED, type Projector, type ProjectorOptions, UnknownView, type ViewStatus } from './projector.js';
export { isShared, NoRollback, RebuildRefused, rebuildSubject, rebuildView, rollbackView } from './requests.js';
export type { Group, ProjectorLogger } from './running.js';
export { type CodeOfViews, createViewReader, type StoredViewReader, ViewNotReady } from './view-reader.js';
